"""Who can sign in during the journeys. A module of its own: the seed runs where no browser is."""

PASSWORD = "a quiet wall of warm paper"
PEOPLE = {
    "alice": {},
    "bob": {},
    "charlie": {},
    "stella": {"is_staff": True, "is_superuser": True},
}
