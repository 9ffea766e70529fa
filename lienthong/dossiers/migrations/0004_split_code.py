"""The dossier's code beside the split: who may choose does not always see the dossier itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dossiers", "0003_mergers")]

    operations = [
        migrations.AddField(
            model_name="split",
            name="dossier_code",
            field=models.TextField(db_default=""),
        ),
    ]
