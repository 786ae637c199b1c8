"""Signing in: passwords and outside issuers in, tokens and sessions out, and whether either still holds."""
