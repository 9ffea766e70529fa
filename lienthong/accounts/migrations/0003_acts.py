"""Who may enter acts of merger, and the provinces that a province's officer sees after provinces have merged."""

from pathlib import Path

from django.db import migrations

_ACTS = Path(__file__).with_name("acts.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP POLICY of_everybody ON catalogues_act;
    DROP POLICY of_centre_new ON catalogues_act;
    DROP POLICY of_centre ON catalogues_act;
    DROP POLICY of_system ON catalogues_act;
    ALTER TABLE catalogues_act DISABLE ROW LEVEL SECURITY;
    DROP POLICY of_everybody ON catalogues_cutover;
    DROP POLICY of_centre_new ON catalogues_cutover;
    DROP POLICY of_centre ON catalogues_cutover;
    DROP POLICY of_system ON catalogues_cutover;
    ALTER TABLE catalogues_cutover DISABLE ROW LEVEL SECURITY;
    REVOKE INSERT, UPDATE ON catalogues_act, catalogues_cutover FROM lienthong_web;
"""
_AREAS_BEFORE = """
CREATE OR REPLACE FUNCTION authz.areas() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT s.areas
            || ARRAY(SELECT -(code::integer) FROM unnest(s.provinces) AS code)
            || ARRAY(
                SELECT u.id::integer FROM public.catalogues_unit AS u
                WHERE u.province_code = ANY (s.provinces))
        FROM authz.alive(current_setting('lienthong.token', true)) AS s), '{}')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_lists"), ("catalogues", "0003_acts")]

    operations = [migrations.RunSQL(_ACTS, _AREAS_BEFORE + _UNDO)]
