"""Who may change units and their workplaces from a page, by province; and whose an uploaded file is."""

from pathlib import Path

from django.db import migrations

_LISTS = Path(__file__).with_name("lists.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind IN ('unit', 'workplace');
    DROP POLICY of_everybody ON catalogues_unit;
    DROP POLICY of_province_new ON catalogues_unit;
    DROP POLICY of_province ON catalogues_unit;
    DROP POLICY of_system ON catalogues_unit;
    ALTER TABLE catalogues_unit NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE catalogues_unit DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_everybody ON catalogues_workplace;
    DROP POLICY of_province_new ON catalogues_workplace;
    DROP POLICY of_province ON catalogues_workplace;
    DROP POLICY of_system ON catalogues_workplace;
    ALTER TABLE catalogues_workplace NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE catalogues_workplace DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_sender ON catalogues_upload;
    DROP POLICY of_system ON catalogues_upload;
    ALTER TABLE catalogues_upload NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE catalogues_upload DISABLE ROW LEVEL SECURITY;
    REVOKE INSERT, UPDATE ON catalogues_unit, catalogues_workplace FROM lienthong_web;
    REVOKE ALL ON catalogues_upload FROM lienthong_web, lienthong_worker;
    DROP FUNCTION authz.provinces(), authz.officer(), authz.is_of_province(bigint, text, date, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_accounts"),
        ("audit", "0001_log"),
        ("catalogues", "0002_declarations"),
    ]

    operations = [migrations.RunSQL(_LISTS, _UNDO)]
