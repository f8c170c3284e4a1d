from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from documents.forms import RenameForm, UploadForm
from documents.models import Document
from uploads.limits import takes_file
from uploads.validators import DOCUMENT_MAX_BYTES
from uploads.views import private_download

PAGE_SIZE = 50


def _from_script(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def _refused_when_full(request: HttpRequest) -> HttpResponse | None:
    """Refuse a file for which there is no room, whatever it is: nobody needs to look at it."""
    refusal = Document.objects.filter(owner=request.user.pk).usage().refusal()
    if not refusal:
        return None
    if _from_script(request):
        return _refused([refusal])
    return _page(request, UploadForm(), status=422)


@never_cache
@login_required
@takes_file(DOCUMENT_MAX_BYTES, refuse=_refused_when_full)
@require_http_methods(["GET", "HEAD", "POST"])
def document_list(request: HttpRequest) -> HttpResponse:
    """List one's documents; POST adds one, for the page's form and for its script alike."""
    if request.method != "POST":
        return _page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            return _uploaded(request, form.save(owner_id=request.user.pk))
        except ValidationError as refusal:
            form.add_error("file", refusal)
    if _from_script(request):
        return _refused(form.errors.as_data().get("file", []))
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    mine = Document.objects.filter(owner=request.user.pk)
    usage = mine.usage()
    full = usage.refusal()
    paginator = Paginator(mine, PAGE_SIZE)
    paginator.count = usage.files  # counted already
    context = {
        "form": form,
        "full": full.messages[0] if full else "",
        "limit_bytes": DOCUMENT_MAX_BYTES,
        "page": paginator.get_page(request.GET.get("page")),
        "refused": status == 422,
        "usage": usage,
    }
    return render(request, "documents/document_list.html", context, status=status)


def _refused(errors: list[ValidationError]) -> JsonResponse:
    listed = [{"code": error.code, "message": " ".join(error.messages)} for error in errors]
    return JsonResponse({"errors": listed}, status=422)


def _uploaded(request: HttpRequest, document: Document) -> HttpResponse:
    if _from_script(request):
        made = {"name": document.name, "url": document.get_absolute_url()}
        return JsonResponse({"document": made}, status=201)
    messages.success(request, _("“%(name)s” is stored.") % {"name": document.name})
    return redirect("documents:list")


@login_required
@require_safe
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    document = get_object_or_404(Document, pk=pk, owner=request.user)
    return private_download(document.file, document.name)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    document = get_object_or_404(Document, pk=pk, owner=request.user)
    form = RenameForm(request.POST or None, instance=document)
    if form.is_valid():
        form.save()
        messages.success(request, _("It is called “%(name)s” now.") % {"name": document.name})
        return redirect("documents:list")
    if form.is_bound:
        document.refresh_from_db()
    context = {"document": document, "form": form}
    return render(request, "documents/document_rename.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    document = get_object_or_404(Document, pk=pk, owner=request.user)
    if request.method == "POST":
        document.delete()
        messages.success(request, _("“%(name)s” is deleted.") % {"name": document.name})
        return redirect("documents:list")
    return render(request, "documents/document_confirm_delete.html", {"document": document})
