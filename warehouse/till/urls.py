"""/till/"""

from django.urls import path

from warehouse.till import views

app_name = "till"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("<int:pk>/", views.counter, name="counter"),
    path("<int:pk>/open/", views.open_, name="open"),
    path("<int:pk>/park/", views.park, name="park"),
    path("<int:pk>/parked/<int:parked_id>/", views.resume, name="resume"),
    path("<int:pk>/receipt/", views.find_receipt, name="find_receipt"),
    path("<int:pk>/back/<int:receipt_id>/", views.take_back, name="take_back"),
    path("<int:pk>/pickups/", views.pickups, name="pickups"),
    path("<int:pk>/pickups/ask/", views.ask, name="ask"),
    path("<int:pk>/pickups/<int:pickup_id>/ready/", views.ready, name="ready"),
    path("<int:pk>/pickups/<int:pickup_id>/cancel/", views.cancel_pickup, name="cancel_pickup"),
    path("<int:pk>/pickups/<int:pickup_id>/collect/", views.collect, name="collect"),
    path("shifts/<int:pk>/", views.report, name="report"),
    path("shifts/<int:pk>/cash/", views.cash, name="cash"),
    path("shifts/<int:pk>/close/", views.close, name="close"),
    path("receipts/<int:pk>/", views.receipt, name="receipt"),
    path("receipts/<int:pk>/pdf/", views.receipt_pdf, name="receipt_pdf"),
    path("receipts/<int:pk>/text/", views.receipt_text, name="receipt_text"),
]
