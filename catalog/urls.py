from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.print_list, name="list"),
    path("<slug:slug>/", views.print_detail, name="detail"),
]
