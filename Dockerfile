# One build, two images.
#
#   docker build --target app   -t vitrine .         complete alone: WhiteNoise serves the static files
#   docker build --target nginx -t vitrine-nginx .   the same collected files behind nginx
#
#   frontend ─┐
#   source ───┼─ static ─┬─ app
#   deps ─────┘          └─ nginx-files ─ nginx
#
# No stage takes a secret: nothing to leak from a layer or a build argument.

FROM ghcr.io/astral-sh/uv:0.13 AS uv

# region frontend
FROM node:24-trixie-slim AS frontend
WORKDIR /app/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build
# endregion

# region deps
FROM python:3.13-slim-trixie AS deps
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN uv venv --no-cache --python /usr/local/bin/python3 /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/uv \
    uv pip install --python /opt/venv/bin/python --require-hashes --compile-bytecode \
      --requirements /tmp/requirements.txt
# endregion

# region source
# The project without what only a build needs. Its bytecode is made here, since the root file
# system of a running container is read-only, and by content, so that the same source is the same
# layer on every machine.
FROM python:3.13-slim-trixie AS source
WORKDIR /app
COPY . .
RUN rm -rf frontend nginx requirements.txt \
 && python3 -m compileall -q --invalidation-mode unchecked-hash .

# What collectstatic cannot depend on is taken away: a change there collects nothing anew. What is
# left are the settings, the storage, and the models with all they import. If a model ever imports
# one of these, this build stops with ModuleNotFoundError; leave it in then.
FROM source AS collectable
RUN find . \( -name views.py -o -name urls.py -o -name forms.py -o -name admin.py \
      -o -name migrations -o -name templates -o -name templatetags -o -name __pycache__ \) \
      -prune -exec rm -rf {} + \
 && find accounts catalog demo documents uploads -name management -prune -exec rm -rf {} + \
 && find demo -name '*.py' ! -name __init__.py ! -name apps.py -delete \
 && find config -name '*.py' ! -name __init__.py ! -name settings.py ! -name env.py ! -name csp.py \
      ! -name logs.py ! -name request_id.py ! -name s3.py -delete
# endregion

# region collectstatic
# Here and nowhere else: in an entrypoint it would delay every start and differ between machines,
# and a volume over the result would serve the last release after the next one is out. BUILD_MODE
# needs no secret and no database; --network=none shows that it needs no network.
FROM deps AS static
WORKDIR /app
COPY --from=collectable /app ./
COPY --from=frontend /app/frontend/dist frontend/dist
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
RUN --network=none BUILD_MODE=true python manage.py check --tag staticfiles --fail-level WARNING \
 && BUILD_MODE=true python manage.py collectstatic --no-input
# endregion

# region app
FROM python:3.13-slim-trixie AS app
RUN groupadd --gid 10001 vitrine \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vitrine \
 && install -d -o vitrine -g vitrine /srv/media /srv/keys /srv/objects
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENV_FILE="" \
    BIND=0.0.0.0 \
    LOG_FORMAT=json \
    MEDIA_DIR=/srv/media
COPY --link --from=deps /opt/venv /opt/venv
COPY --link --from=static /app/staticfiles staticfiles
COPY --link --from=frontend /app/frontend/dist/.vite/manifest.json frontend/dist/.vite/manifest.json
# Last, since it changes most often.
COPY --link --from=source /app ./
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --start-interval=1s \
  CMD ["python", "-m", "config.probe"]
CMD ["gunicorn", "--config", "python:config.gunicorn", "config.wsgi"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vitrine" \
      org.opencontainers.image.description="A gallery: Django, static files and user uploads" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# endregion

# region nginx
# What nginx must know of the site (the body limit, which names carry a fingerprint, the error
# pages) is written by the site itself.
FROM app AS nginx-files
RUN --network=none BUILD_MODE=true python manage.py nginx_includes /tmp/generated

FROM debian:trixie-slim AS nginx
# No versions: Debian's mirrors keep only the newest, so a pinned one stops building one day.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates nginx libnginx-mod-http-brotli-static \
 && rm -rf /var/lib/apt/lists/* /etc/nginx /var/www \
 && groupadd --gid 10001 vitrine \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin vitrine \
 && install -d -o vitrine -g vitrine /srv/media /var/cache/nginx
COPY --link nginx /etc/nginx
COPY --link --from=nginx-files /tmp/generated /etc/nginx/generated
COPY --link --from=static /app/staticfiles /srv/static
USER 10001:10001
# Request bodies wait on disk, not in memory, and not in a read-only root.
VOLUME /var/cache/nginx
EXPOSE 8080
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=1s \
  CMD ["/etc/nginx/probe"]
ENTRYPOINT ["/etc/nginx/start"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Vitrine nginx" \
      org.opencontainers.image.description="nginx with the collected static files of Vitrine" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# endregion
