"""The rows that were there before have one of the sources too; looked at beside the traffic."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("persons", "0016_import_room")]

    operations = [
        ValidateConstraint("oldnumber", "old_number_source"),
        ValidateConstraint("numbermatter", "number_matter_source"),
    ]
