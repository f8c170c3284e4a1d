from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Category, Print
from catalog.pages import page_of

SEARCH_LENGTH = 100  # longer texts match nothing, and each word costs an index lookup
WALL = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "catalog/home.html", {"prints": list(Print.objects.all()[:WALL])})


@require_safe
def print_list(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH]
    slug = request.GET.get("category", "").replace("\x00", "")
    category = get_object_or_404(Category, slug=slug) if slug else None
    prints = Print.objects.search(q)
    if category:
        prints = prints.filter(category=category)
    page = page_of(prints, request.GET)
    context = {
        "prints": page.prints,
        "newer_url": page.newer_url,
        "older_url": page.older_url,
        "categories": Category.objects.all(),
        "category": category,
        "q": q,
    }
    return render(request, "catalog/print_list.html", context)


@require_safe
def print_detail(request: HttpRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(Print.objects.select_related("category"), slug=slug)
    context = {
        "print": shown,
        "newer": Print.objects.filter(pk__gt=shown.pk).order_by("pk").first(),
        "older": Print.objects.filter(pk__lt=shown.pk).order_by("-pk").first(),
    }
    return render(request, "catalog/print_detail.html", context)
