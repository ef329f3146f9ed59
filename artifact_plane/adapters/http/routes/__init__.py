"""The API's routes; ``groups`` names what each of them needs."""
