"""How fields of forms are drawn: label, control, help, and each error with its code."""

from django.forms.renderers import TemplatesSetting


class LookRenderer(TemplatesSetting):
    """`{{ field.as_field_group }}` draws a field as every page of the console does."""

    field_template_name = "parts/field.html"
