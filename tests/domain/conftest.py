"""Property tests of the pure rules look for what is wrong, not for what is slow: a busy machine fails none of them."""

from hypothesis import HealthCheck, settings

settings.register_profile("domain", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("domain")
