from django.db import migrations


def create(apps, schema_editor):
    """On PostgreSQL, index the substrings of `words`; elsewhere the search reads the column.

    pg_trgm is a trusted extension: the database's owner may create it. If your user is not the
    owner, have an administrator run `CREATE EXTENSION pg_trgm` once, then migrate again.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        schema_editor.execute(
            "CREATE INDEX print_words_trigrams ON catalog_print USING gin (words gin_trgm_ops)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX print_words_trigrams")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
