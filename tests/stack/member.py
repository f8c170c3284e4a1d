"""A member of the site, with a session but without a browser."""

import http.cookiejar
import re
import secrets
import urllib.error
import urllib.parse
import urllib.request

from demo.management.commands.seed_demo import PASSWORD

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Member:
    """Signs in through the form and sends documents as the page's form does."""

    def __init__(self, url, name="alice", password=PASSWORD):
        self.url = url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        status, page = self.send_form(
            "/accounts/sign-in/", {"username": name, "password": password}
        )
        assert (status, name in page) == (200, True), page

    def get(self, path):
        """Return status, headers and body, redirects followed."""
        return self.open(urllib.request.Request(urllib.parse.urljoin(self.url, path)))

    def open(self, request):
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def send_form(self, path, values, files=()):
        """Fetch the page's token and send its form; return status and text."""
        _, _, page = self.get(path)
        token = TOKEN.search(page.decode())[1]
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
        parts = [
            f'{head}{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {"csrfmiddlewaretoken": token, **values}.items()
        ]
        for field, name, body in files:
            kind = "Content-Type: application/octet-stream"
            head_of_file = f'{head}{field}"; filename="{name}"\r\n{kind}\r\n\r\n'
            parts.append(head_of_file.encode() + body + b"\r\n")
        request = urllib.request.Request(
            f"{self.url}{path}",
            b"".join(parts) + f"--{boundary}--\r\n".encode(),
            {"Content-Type": f"multipart/form-data; boundary={boundary}", "Referer": self.url},
        )
        status, _, body = self.open(request)
        return status, body.decode()

    def upload(self, name, body):
        return self.send_form("/documents/", {}, [("file", name, body)])

    def store(self, name, body):
        """Upload a document; return the address under which it is downloaded."""
        before = set(self.listed())
        status, page = self.upload(name, body)
        assert status == 200, page
        [(path, _)] = set(self.listed()) - before
        return path

    def documents(self):
        """Return the download address of each document, by its name."""
        return {name: path for path, name in self.listed()}

    def listed(self):
        """Return address and name of each document."""
        _, _, page = self.get("/documents/")
        found = re.findall(r'href="(/documents/[0-9a-f-]+/download/)"[^>]*>([^<]+)<', page.decode())
        return [(path, name.strip()) for path, name in found]
