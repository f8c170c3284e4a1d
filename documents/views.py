from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from documents.forms import RenameForm, UploadForm
from documents.models import Document
from uploads.validators import DOCUMENT_MAX_BYTES
from uploads.views import private_download

PAGE_SIZE = 50


def _from_script(request: HttpRequest) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def document_list(request: HttpRequest) -> HttpResponse:
    """List one's documents; POST adds one, for the page's form and for its script alike."""
    if _from_script(request) and not request.user.is_authenticated:
        message = _("You are signed out. Sign in again, then repeat the upload.")
        return _refused({"signed_out": message}, status=403)
    return _document_list(request)


@login_required
def _document_list(request: HttpRequest) -> HttpResponse:
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            return _uploaded(request, form)
        if _from_script(request):
            errors = form.errors.as_data().get("file", [])
            return _refused({str(e.code): " ".join(e.messages) for e in errors}, status=422)
    mine = Document.objects.filter(owner=request.user.pk)
    context = {
        "form": form,
        "page": Paginator(mine, PAGE_SIZE).get_page(request.GET.get("page")),
        "limit_bytes": DOCUMENT_MAX_BYTES,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "documents/document_list.html", context, status=status)


def _refused(errors: dict[str, str], status: int) -> JsonResponse:
    listed = [{"code": code, "message": message} for code, message in errors.items()]
    return JsonResponse({"errors": listed}, status=status)


def _uploaded(request: HttpRequest, form: UploadForm) -> HttpResponse:
    document = form.save(owner_id=request.user.pk)
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
