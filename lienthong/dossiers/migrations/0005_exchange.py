"""A dossier for a further card, and why a paper dossier was let in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogues", "0003_acts"),
        ("dossiers", "0004_split_code"),
        ("persons", "0002_numbers"),
    ]

    operations = [
        migrations.AddField(
            model_name="dossier",
            name="kind",
            field=models.TextField(db_default="first", default="first"),
        ),
        migrations.AddField(
            model_name="dossier",
            name="paper_reason",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("first", "exchange"))), name="dossier_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="dossier",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("channel", "electronic"), ("paper_reason", "")),
                    models.Q(("channel", "paper"), models.Q(("paper_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="dossier_paper_has_reason",
            ),
        ),
    ]
