from django.urls import path

from pipeline import views

app_name = "pipeline"
urlpatterns = [
    path("", views.inspector, name="inspector"),
    path("xray.json", views.xray_json, name="xray"),
]
