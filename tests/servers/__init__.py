"""Real servers, as Debian ships them: bind9, unbound and nginx, each with a place for each cause.

They run on free ports of loopback, in a directory of their own, as whoever runs the tests, and end
with the session. Without the programs these tests are skipped with the reason; in CI (`CI=true` or
`RESEAL_SERVERS=1`) they fail instead.
"""
