"""A person's own account: second factor, sessions, language and theme."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.views import IndexView
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import second_factor, sessions
from accounts.models import Theme, User
from work.loop import clock


class SecondFactorPage(IndexView):  # type: ignore[misc]  # the library has no types
    """What stands behind the password; staff are told when they need more."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        user = self.request.user
        has_one = second_factor.factors_of(user).exists()
        return context | {
            "has_one": has_one,
            "must_set_up": second_factor.must_have_one(user) and not has_one,
            "is_advised": user.is_staff and not settings.IS_PRODUCTION and not has_one,
        }


@require_safe
@never_cache
@login_required
def session_list(request: HttpRequest) -> HttpResponse:
    found = sessions.sessions_of(request, _person(request), clock())
    has_others = any(not each.is_here for each in found)
    return render(request, "accounts/sessions.html", {"sessions": found, "has_others": has_others})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=_person(request))
    is_here = session.session_key == request.session.session_key
    sessions.end(session, clock())
    if is_here:
        logout(request)
        return redirect("sign-in")
    messages.success(request, _("That session has ended."))
    return redirect("usersessions_list")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    count = sessions.end_others(request, _person(request), clock())
    messages.success(
        request,
        ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count)
        % {"count": count},
    )
    return redirect("usersessions_list")


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Empty means: as the browser prefers."""

    class Meta:
        model = User
        fields = ("theme", "language")

    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        required=False,
        choices=[("", gettext_lazy("As the browser prefers")), *Theme.choices],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("As the browser prefers")), *settings.LANGUAGES]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=_person(request))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Language and theme are kept for your next sign-ins too."))
        return redirect("preferences")
    return render(request, "accounts/preferences.html", {"form": form})


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
