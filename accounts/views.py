from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import ProfileForm, SignUpForm
from accounts.models import Profile, User
from uploads.limits import takes_file
from uploads.validators import AVATAR_MAX_BYTES


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("profile_edit")
    form = SignUpForm(request.POST or None)
    if form.is_valid() and (user := _signed_up(form)):
        login(request, user)
        messages.success(
            request, _("Welcome, %(name)s. This is your profile.") % {"name": user.username}
        )
        return redirect("profile_edit")
    return render(request, "registration/signup.html", {"form": form})


def _signed_up(form: SignUpForm) -> User | None:
    """Return the new member, or None when somebody took the name since the form looked."""
    try:
        with transaction.atomic():
            member: User = form.save()
            return member
    except IntegrityError:
        form.add_error("username", _("Somebody has this username already. Choose another."))
        return None


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    member = get_object_or_404(
        User.objects.select_related("profile"),
        username__iexact=username,
        is_active=True,
        profile__isnull=False,
    )
    return render(request, "accounts/profile.html", {"member": member, "profile": member.profile})


@never_cache
@login_required
@takes_file(AVATAR_MAX_BYTES)
@require_http_methods(["GET", "POST"])
def profile_edit(request: HttpRequest) -> HttpResponse:
    mine, _made = Profile.objects.select_related("user").get_or_create(
        user_id=request.user.pk  # type: ignore[misc] # signed in, so not None
    )
    form = ProfileForm(request.POST or None, request.FILES or None, instance=mine)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return redirect("profile_edit")
    if form.is_bound:
        mine.refresh_from_db()  # the page shows what is stored, the form what was typed
    context = {"form": form, "profile": mine, "limit_bytes": AVATAR_MAX_BYTES}
    return render(request, "accounts/profile_form.html", context)
