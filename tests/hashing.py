"""Passwords in tests: hashed quickly, and the same one always to the same words, so that a session
that was signed in to before (tests/remembered.py) is one of the same person."""

from django.contrib.auth.hashers import MD5PasswordHasher


class QuickHasher(MD5PasswordHasher):
    def salt(self) -> str:
        return "saltsaltsaltsaltsaltsa"  # as long as Django wants a salt to be
