"""/till/"""

from django.urls import path

from warehouse.till import pickup_views, receipt_views, views

app_name = "till"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("<int:pk>/", views.counter, name="counter"),
    path("<int:pk>/open/", views.open_, name="open"),
    path("<int:pk>/park/", views.park, name="park"),
    path("<int:pk>/parked/<int:parked_id>/", views.resume, name="resume"),
    path("<int:pk>/receipt/", receipt_views.find_receipt, name="find_receipt"),
    path("<int:pk>/back/<int:receipt_id>/", receipt_views.take_back, name="take_back"),
    path("<int:pk>/pickups/", pickup_views.pickups, name="pickups"),
    path("<int:pk>/pickups/ask/", pickup_views.ask, name="ask"),
    path("<int:pk>/pickups/<int:pickup_id>/ready/", pickup_views.ready, name="ready"),
    path("<int:pk>/pickups/<int:pickup_id>/cancel/", pickup_views.cancel_pickup, name="cancel_pickup"),
    path("<int:pk>/pickups/<int:pickup_id>/collect/", pickup_views.collect, name="collect"),
    path("shifts/<int:pk>/", views.report, name="report"),
    path("shifts/<int:pk>/cash/", views.cash, name="cash"),
    path("shifts/<int:pk>/close/", views.close, name="close"),
    path("receipts/<int:pk>/", receipt_views.receipt, name="receipt"),
    path("receipts/<int:pk>/pdf/", receipt_views.receipt_pdf, name="receipt_pdf"),
    path("receipts/<int:pk>/text/", receipt_views.receipt_text, name="receipt_text"),
]
