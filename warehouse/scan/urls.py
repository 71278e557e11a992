"""/scan/"""

from django.urls import path

from warehouse.scan import doors, photos, returns, unordered, views, worker

app_name = "scan"
urlpatterns = [
    path("", views.home, name="home"),
    path("enrol/", doors.enrol, name="enrol"),
    path("sign-in/", doors.sign_in, name="sign_in"),
    path("sign-out/", doors.sign_out, name="sign_out"),
    path("pick/", views.pick, name="pick"),
    path("pick/<int:pk>/", views.pick_list, name="pick_list"),
    path("pick/round/<int:pk>/", views.pick_round, name="pick_round"),
    path("pack/", views.pack, name="pack"),
    path("pack/<int:pk>/", views.pack_one, name="pack_one"),
    path("receive/", views.receive, name="receive"),
    path("receive/unordered/", unordered.suppliers, name="receive_unordered"),
    path("receive/unordered/<int:pk>/", unordered.unordered, name="receive_unordered_one"),
    path("receive/<int:pk>/", views.receive_one, name="receive_one"),
    path("returns/", returns.returns, name="returns"),
    path("returns/<int:pk>/", returns.return_one, name="return_one"),
    path("put-away/", views.put_away, name="put_away"),
    path("put-back/", views.put_back, name="put_back"),
    path("refill/", views.refill, name="refill"),
    path("move/", views.move, name="move"),
    path("count/", views.count, name="count"),
    path("lookup/", views.lookup, name="lookup"),
    path("find/", views.find, name="find"),
    path("board/", views.board, name="board"),
    path("board/data/", views.board_data, name="board_data"),
    path("photo/", photos.photo, name="photo"),
    path("queue/", views.queue, name="queue"),
    path("sw.js", worker.worker, name="worker"),
    path("manifest.webmanifest", worker.manifest, name="manifest"),
]
