"""A printed copy keeps the personal id that stood on it beside the number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cards", "0016_both_numbers")]

    operations = [
        migrations.AddField(
            model_name="copy",
            name="personal_id",
            field=models.TextField(db_default="", default=""),
        ),
    ]
