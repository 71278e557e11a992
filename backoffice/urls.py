from django.contrib import admin
from django.urls import path

from backoffice.core.admin.proof import proof_page

urlpatterns = [path("admin/proof/", proof_page, name="proof"), path("admin/", admin.site.urls)]
