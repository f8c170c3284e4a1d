from typing import Any
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models.functions import Lower
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from uploads.models import FileOwner
from uploads.storages import public_storage


class UserManager(DjangoUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """Sign in as `Alice` or as `alice`: the constraint below makes them one."""
        return self.get(username__iexact=username)


class User(AbstractUser):
    """The project's own user, from the first migration: it can never be swapped in later.

    The e-mail address is not unique. Uniqueness would tell anyone who signs up with a stranger's
    address that the stranger is a member; Django's password reset copes with shared addresses.
    """

    objects = UserManager()  # type: ignore[misc,assignment,unused-ignore]

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc,unused-ignore]
        abstract = False
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="username_unique_without_case",
                violation_error_message=_("Somebody has this username already. Choose another."),
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse("profile", args=[self.username])


def create_profile(
    sender: type[User], instance: User, created: bool, raw: bool, **kwargs: Any
) -> None:
    """Give every new user a profile, however it was made; fixtures bring their own."""
    if created and not raw:
        Profile.objects.create(user=instance)


def avatar_path(instance: "Profile", filename: str) -> str:
    """Return a random key, `avatars/2026/11/<uuid>.webp`.

    The client's filename is never used: it can collide, leak, or carry an extension nobody
    verified.
    """
    return f"avatars/{timezone.now():%Y/%m}/{uuid4()}.webp"


class Profile(FileOwner):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")
    display_name = models.CharField(max_length=80, blank=True)
    bio = models.TextField(max_length=600, blank=True)
    avatar = models.FileField(upload_to=avatar_path, storage=public_storage, blank=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return self.user.get_absolute_url()

    @property
    def name(self) -> str:
        return self.display_name or self.user.username

    @property
    def avatar_url(self) -> str:
        """Return the avatar's public URL; without one, that of the default, a static file."""
        return self.avatar.url if self.avatar else static("accounts/img/avatar.svg")
