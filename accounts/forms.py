from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Profile, User
from uploads.fields import AvatarFile
from uploads.forms import IMAGE_ACCEPT, UploadField, VisibleLines, VisibleText
from uploads.images import Crop
from uploads.validators import validate_avatar

CROP = ("crop_x", "crop_y", "crop_size")


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}
        help_texts = {
            "username": _("Letters, digits and @ . + - _ only. It is your page's address.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True  # without one, a lost password cannot be reset
        self.fields["email"].help_text = _(
            "For a new password, should you lose yours. Never shown."
        )

    def clean_username(self) -> str:
        username: str | None = super().clean_username()  # None: refused already
        if username and not any(character.isalnum() for character in username):
            # "." and ".." would be addresses that every browser folds away.
            raise ValidationError(
                _("A username needs a letter or a digit."), code="username_without_letter"
            )
        return username or ""


class ProfileForm(forms.ModelForm):
    """Edit one's own profile.

    The crop is three numbers about the upright picture. A script fills them in; without one they
    stay empty and the server crops the centre. The picture itself arrives whole and is judged and
    cropped here, so nothing depends on what a browser claims to have done.
    """

    avatar = UploadField(
        label=_("Avatar"),
        required=False,
        help_text=_("JPEG, PNG, WebP or GIF, up to 5 MB. Location and camera data are removed."),
        widget=forms.FileInput(attrs={"accept": IMAGE_ACCEPT}),
    )
    remove_avatar = forms.BooleanField(label=_("Remove my avatar"), required=False)
    crop_x = forms.FloatField(required=False, widget=forms.HiddenInput)
    crop_y = forms.FloatField(required=False, widget=forms.HiddenInput)
    crop_size = forms.FloatField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Profile
        fields = ["display_name", "bio"]
        field_classes = {"display_name": VisibleText, "bio": VisibleLines}
        widgets = {
            "display_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "bio": forms.Textarea(attrs={"rows": 4}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        upload = cleaned.get("avatar")
        crop_errors = [self.errors.pop(name, None) for name in CROP]
        if upload and any(crop_errors):
            self.add_error(
                "avatar",
                ValidationError(
                    _("The crop did not arrive as numbers. Choose the picture once more."),
                    code="crop_invalid",
                ),
            )
        elif upload:
            try:
                cleaned["avatar"] = self._redrawn(upload, cleaned)
            except ValidationError as refusal:
                self.add_error("avatar", refusal)
        return cleaned

    @staticmethod
    def _redrawn(upload: Any, cleaned: dict[str, Any]) -> AvatarFile:
        x, y, size = (cleaned.get(name) for name in CROP)
        crop = None if x is None or y is None or size is None else Crop(x, y, size)
        avatar = validate_avatar(upload, crop)
        return AvatarFile(avatar.content, name=f"avatar{avatar.extension}")

    def save(self, commit: bool = True) -> Profile:
        if self.cleaned_data.get("avatar"):
            self.instance.avatar = self.cleaned_data["avatar"]
        elif self.cleaned_data.get("remove_avatar"):
            self.instance.avatar = ""
        profile: Profile = super().save(commit)
        return profile
