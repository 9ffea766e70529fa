"""A withdrawn request goes along when its dossier moves to another unit; its content stays as it was."""

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_KEPT = """
CREATE OR REPLACE FUNCTION cards_request_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - '{withdrawn_at,body_sha256%(more)s}'::text[])
            IS DISTINCT FROM (to_jsonb(OLD) - '{withdrawn_at,body_sha256%(more)s}'::text[]) THEN
        RAISE EXCEPTION 'a request is never edited' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.area <> OLD.area AND NEW.withdrawn_at IS NULL THEN
        RAISE EXCEPTION 'a live request stays with its unit' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """The area of a withdrawn request."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("cards", "0003_promises")]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_KEPT % {"more": ",area"}, _KEPT % {"more": ""}),
    ]
