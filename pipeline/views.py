"""The pages about the pipeline itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pipeline import inspector as way
from pipeline import xray
from pipeline.masking import HIDDEN, described

MOST_NAMES = 400  # of one page; more is nobody's page
MOST_KEYS = 40  # each is a request to the bucket
SEARCH_LENGTH = 400  # an address with a signature or two in its query
ORDERS = {
    "owner": "by owner",
    "name": "by name",
    "size": "largest first",
    "wire": "heaviest on the wire",
}


@require_safe
@never_cache
@login_required
def inspector(request: HttpRequest) -> HttpResponse:
    """Show staff the way of every static file; `?q=` narrows it, `?order=` sorts it."""
    if not request.user.is_staff:  # type: ignore[union-attr,unused-ignore]
        raise Http404("For staff.")
    q = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH]
    order = request.GET.get("order", "")
    files = way.shipped()
    shown = [file for file in files if file.matches(way.searched(q))]
    if order == "size":
        shown.sort(key=lambda file: -file.raw)
    elif order == "wire":
        shown.sort(key=lambda file: -file.least)
    order = order if order in ORDERS else "owner"
    plan = way.floor_plan(files)
    context = {
        "files": shown,
        "shelves": way.shelves(shown, plan) if order == "owner" else None,
        "all": len(files),
        "totals": way.totals(files, way.collected_sizes()),
        "plan": plan,
        "owners": way.owners_of(plan),
        "static_url": settings.STATIC_URL,
        "static_prefix": settings.STATIC_PREFIX,
        "search_length": SEARCH_LENGTH,
        "state": way.bundle_state(),
        "storages": described(),
        "hidden": HIDDEN,
        "q": q,
        "order": order,
        "orders": ORDERS,
    }
    return render(request, "pipeline/inspector.html", context)


@require_safe
@never_cache
def xray_json(request: HttpRequest) -> HttpResponse:
    """Answer what the panel asks: about static names it saw (`?name=…`, repeated), or the sizes of
    public uploads (`?key=…`)."""
    if not xray.may_see(request):
        raise Http404("X-ray is off.")
    keys = request.GET.getlist("key")[:MOST_KEYS]
    if keys:
        return JsonResponse({"uploads": xray.upload_sizes(request, keys)})
    return JsonResponse(xray.report(request, request.GET.getlist("name")[:MOST_NAMES]))
