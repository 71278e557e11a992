"""Every address of the house."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog
from rest_framework.routers import SimpleRouter

from accounting.admin import four_eyes, matching, statements
from accounting.admin.journal_files import journal_files_view
from accounting.admin.setup import show_logo
from accounting.admin.statement_letters import statement_letters_view
from backoffice.core.admin import own_security, scheduled_jobs, sign_in_rules
from backoffice.core.admin.proof import proof_page
from backoffice.core.admin.sign_in import second_factor_view
from backoffice.core.admin.step_up import confirm_view
from backoffice.dashboard.api import AuditView, ProofView, SearchView
from backoffice.dashboard.checklist import dismiss_view
from backoffice.dashboard.manual import manual_page, manual_picture
from backoffice.dashboard.opening import OpeningView, opening_page
from backoffice.dashboard.reports import sales_report
from backoffice.dashboard.scheduled_api import ScheduledReportViewSet
from backoffice.dashboard.valuation import valuation_report
from backoffice.dashboard.views import search_view
from backoffice.operations.sent_mail import sent_mail_page
from backoffice.operations.status import status_page
from backoffice.setup import views as setup_views
from integrations.admin import privacy
from integrations.admin.sync import retry_imports, retry_tracking, sync_page
from inventory.admin.ageing import ageing_report
from inventory.admin.conditions import lot_condition_view, place_condition_view
from inventory.admin.expiry import expiry_report
from inventory.admin.explorer import stock_explorer, stock_place_page
from inventory.admin.payables import pay_view, payables_view
from inventory.admin.promise_list import promise_list
from inventory.admin.shrinkage import shrinkage_report, suspicions_page
from inventory.public_pictures import public_picture
from orders.admin.margin import margin_page
from orders.admin.movers import movers_report
from orders.admin.quality import quality_report
from orders.admin.sourcing_trial import sourcing_trial_page
from warehouse.admin import floor_pages
from warehouse.admin.board_rows import board_rows
from warehouse.admin.floor_report import floor_report
from warehouse.admin.stock_figures import stock_figures_report


class Texts(JavaScriptCatalog):
    """The admin's texts for scripts, and ours: Django's Georgian lacks the calendar."""

    def get_paths(self, packages: list[str]) -> list[str]:
        return [*super().get_paths(packages), *map(str, settings.LOCALE_PATHS)]


admin.autodiscover()

reports_router = SimpleRouter()
reports_router.register("scheduled-reports", ScheduledReportViewSet, basename="scheduled-report")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("setup/", setup_views.begin, name="setup"),
    path("setup/done/", setup_views.done, name="setup_done"),
    path("setup/<slug:name>/", setup_views.step, name="setup_step"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/proof/", proof_page, name="proof"),
    path("admin/login/second/", second_factor_view, name="second_factor"),
    path("admin/confirm/", admin.site.admin_view(confirm_view), name="confirm"),
    path("admin/security/", admin.site.admin_view(own_security.own_security), name="own_security"),
    path("admin/security/app/", admin.site.admin_view(own_security.begin_app_view), name="own_app"),
    path("admin/security/app/confirm/", admin.site.admin_view(own_security.confirm_app_view), name="own_app_confirm"),
    path(
        "admin/security/passkey/options/",
        admin.site.admin_view(own_security.passkey_options_view),
        name="own_passkey_options",
    ),
    path("admin/security/passkey/", admin.site.admin_view(own_security.add_passkey_view), name="own_passkey"),
    path(
        "admin/security/factor/<int:pk>/remove/",
        admin.site.admin_view(own_security.remove_factor_view),
        name="own_factor_remove",
    ),
    path("admin/security/codes/", admin.site.admin_view(own_security.new_codes_view), name="own_codes"),
    path(
        "admin/security/sessions/end/", admin.site.admin_view(own_security.end_sessions_view), name="own_sessions_end"
    ),
    path("admin/sign-in/", admin.site.admin_view(sign_in_rules.rules_page), name="sign_in_rules"),
    path("admin/sign-in/roles/", admin.site.admin_view(sign_in_rules.set_roles_view), name="sign_in_roles"),
    path("admin/sign-in/<int:pk>/unlock/", admin.site.admin_view(sign_in_rules.unlock_view), name="sign_in_unlock"),
    path("admin/sign-in/<int:pk>/reset/", admin.site.admin_view(sign_in_rules.reset_view), name="sign_in_reset"),
    path("admin/manual/", admin.site.admin_view(manual_page), name="manual"),
    path("admin/manual/pictures/<slug:name>.webp", admin.site.admin_view(manual_picture), name="manual_picture"),
    path("admin/manual/<slug:chapter>/", admin.site.admin_view(manual_page), name="manual_chapter"),
    path("admin/four-eyes/", admin.site.admin_view(four_eyes.four_eyes_page), name="four_eyes"),
    path("admin/four-eyes/set/", admin.site.admin_view(four_eyes.set_view), name="four_eyes_set"),
    path("admin/privacy/", admin.site.admin_view(privacy.privacy_page), name="privacy"),
    path("admin/privacy/<int:pk>/", admin.site.admin_view(privacy.held_page), name="privacy_buyer"),
    path("admin/privacy/<int:pk>/erase/", admin.site.admin_view(privacy.erase_view), name="privacy_erase"),
    path("admin/status/", admin.site.admin_view(status_page), name="house_status"),
    path("admin/sent-mail/", admin.site.admin_view(sent_mail_page), name="sent_mail"),
    path("admin/jobs/", admin.site.admin_view(scheduled_jobs.jobs_page), name="scheduled_jobs"),
    path("admin/jobs/<slug:name>/", admin.site.admin_view(scheduled_jobs.job_page), name="scheduled_job"),
    path("admin/jobs/<slug:name>/pause/", admin.site.admin_view(scheduled_jobs.pause_view), name="scheduled_job_pause"),
    path(
        "admin/jobs/<slug:name>/resume/", admin.site.admin_view(scheduled_jobs.resume_view), name="scheduled_job_resume"
    ),
    path("admin/jobs/<slug:name>/run/", admin.site.admin_view(scheduled_jobs.run_view), name="scheduled_job_run"),
    path("admin/sync/", admin.site.admin_view(sync_page), name="sync"),
    path("admin/sync/<int:pk>/tracking/", admin.site.admin_view(retry_tracking), name="sync_retry_tracking"),
    path("admin/sync/<int:pk>/imports/", admin.site.admin_view(retry_imports), name="sync_retry_imports"),
    path("admin/floor/queue/", admin.site.admin_view(floor_pages.work_queue), name="work_queue"),
    path("admin/floor/assign/", admin.site.admin_view(floor_pages.assign_view), name="assign_work"),
    path("admin/floor/board/", admin.site.admin_view(floor_pages.floor_board), name="floor_board"),
    path("admin/floor/board/data/", admin.site.admin_view(floor_pages.floor_board_data), name="floor_board_data"),
    path("admin/floor/report/", admin.site.admin_view(floor_report), name="floor_report"),
    path("admin/floor/board/rows/", admin.site.admin_view(board_rows), name="board_rows"),
    path("admin/opening/", admin.site.admin_view(opening_page), name="opening_data"),
    path("admin/checklist/<slug:code>/dismiss/", admin.site.admin_view(dismiss_view), name="checklist_dismiss"),
    path("admin/channels/<int:pk>/sourcing-trial/", admin.site.admin_view(sourcing_trial_page), name="sourcing_trial"),
    path("admin/find/", search_view, name="search"),
    path("admin/reports/valuation/", valuation_report, name="valuation_report"),
    path("admin/reports/sales/", sales_report, name="sales_report"),
    path("admin/reports/shrinkage/", admin.site.admin_view(shrinkage_report), name="shrinkage_report"),
    path("admin/reports/stock-figures/", admin.site.admin_view(stock_figures_report), name="stock_figures_report"),
    path("admin/reports/ageing/", admin.site.admin_view(ageing_report), name="ageing_report"),
    path("admin/reports/movers/", admin.site.admin_view(movers_report), name="movers_report"),
    path("admin/reports/quality/", admin.site.admin_view(quality_report), name="quality_report"),
    path("admin/reports/expiry/", admin.site.admin_view(expiry_report), name="expiry_report"),
    path("admin/stock/promise/", admin.site.admin_view(promise_list), name="promise_list"),
    path("admin/stock/", admin.site.admin_view(stock_explorer), name="stock_explorer"),
    path("admin/stock/<int:sku_id>/<int:warehouse_id>/", admin.site.admin_view(stock_place_page), name="stock_place"),
    path(
        "admin/stock/<int:sku_id>/<int:warehouse_id>/condition/",
        admin.site.admin_view(place_condition_view),
        name="stock_condition",
    ),
    path("admin/lots/<int:lot_id>/aside/", admin.site.admin_view(lot_condition_view), name="lot_aside"),
    path("admin/reports/suspicions/", admin.site.admin_view(suspicions_page), name="suspicions"),
    path("admin/reports/statement-letters/", admin.site.admin_view(statement_letters_view), name="statement_letters"),
    path("admin/accounts/", admin.site.admin_view(matching.matching_view), name="matching_desk"),
    path("admin/accounts/<int:party_id>/settle/", admin.site.admin_view(matching.settle_view), name="settle_account"),
    path("admin/accounts/<int:party_id>/payment/", admin.site.admin_view(matching.payment_view), name="enter_payment"),
    path(
        "admin/accounts/<int:party_id>/take-back/",
        admin.site.admin_view(matching.take_back_view),
        name="take_settlements_back",
    ),
    path("admin/journal-files/", journal_files_view, name="journal_files"),
    path("admin/reports/payables/", payables_view, name="payables"),
    path("admin/reports/trial-balance/", admin.site.admin_view(statements.trial_balance), name="trial_balance"),
    path("admin/reports/profit-and-loss/", admin.site.admin_view(statements.profit_and_loss), name="profit_and_loss"),
    path("admin/reports/balance-sheet/", admin.site.admin_view(statements.balance_sheet), name="balance_sheet"),
    path("admin/reports/cash-flow/", admin.site.admin_view(statements.cash_flow), name="cash_flow"),
    path("admin/reports/taxes/", admin.site.admin_view(statements.taxes), name="tax_report"),
    path("admin/reports/taxed-documents/", admin.site.admin_view(statements.tax_documents), name="tax_documents"),
    path("admin/reports/margin/", admin.site.admin_view(margin_page), name="margin_report"),
    path("admin/reports/receivables/", admin.site.admin_view(statements.receivables), name="receivables_by_age"),
    path("admin/reports/payables-by-age/", admin.site.admin_view(statements.payables), name="payables_by_age"),
    path("admin/reports/party-statement/", admin.site.admin_view(statements.party_statement), name="party_statement"),
    path("admin/reports/open-items/", admin.site.admin_view(statements.open_items), name="open_items"),
    path("admin/reports/general-ledger/", admin.site.admin_view(statements.general_ledger), name="general_ledger"),
    path("admin/reports/payables/pay/", pay_view, name="pay_bills"),
    path("api/v1/", include((reports_router.urls, "reports"))),
    path("api/v1/opening/", OpeningView.as_view(), name="api_opening"),
    path("api/v1/search/", SearchView.as_view(), name="api_search"),
    path("api/v1/audit/", AuditView.as_view(), name="api_audit"),
    path("api/v1/proof/", ProofView.as_view(), name="api_proof"),
    path("api/", include("integrations.api.urls")),
    path("till/", include("warehouse.till.urls")),
    path("scan/", include("warehouse.scan.urls")),
    path("media/pictures/<slug:digest>.<slug:kind>", public_picture, name="public_picture"),
    path("media/logos/<str:name>", show_logo, name="logo"),
    path("admin/jsi18n/", Texts.as_view(packages=["django.contrib.admin"]), name="texts"),
    path("admin/", admin.site.urls),
]
handler404 = "backoffice.core.api.errors.not_found"
handler500 = "backoffice.core.api.errors.server_error"
