"""Amazon's Reports API with the flat file of returns; requests and answers are checked against the published model.

The file's columns are those of Amazon's page on returns reports, with the order item id that newer files end with.
"""

import gzip
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from tests.simulators.engine import Refused, Reply, Request, State, moment_of

MODEL = Path(__file__).parent.parent / "data" / "specs" / "amazon" / "models" / "reports_2021-06-30.json"
COLUMNS = [
    "Order ID",
    "Order date",
    "Return request date",
    "Return request status",
    "Amazon RMA ID",
    "Merchant RMA ID",
    "Label type",
    "Label cost",
    "Currency code",
    "Return carrier",
    "Tracking ID",
    "Label to be paid by",
    "A-to-Z Claim",
    "Is prime",
    "ASIN",
    "Merchant SKU",
    "Item Name",
    "Return quantity",
    "Return Reason",
    "In policy",
    "Return type",
    "Resolution",
    "Invoice number",
    "Return delivery date",
    "Order Amount",
    "Order quantity",
    "SafeT Action reason",
    "SafeT claim id",
    "SafeT claim state",
    "SafeT claim creation time",
    "SafeT claim reimbursement amount",
    "Refunded Amount",
    "Order Item ID",
]
BAD = {"errors": [{"code": "InvalidInput", "message": "Invalid Input"}]}


@cache
def model() -> dict[str, Any]:
    return json.loads(MODEL.read_text())


def checked(name: str, body: Any) -> Any:
    jsonschema.validate(body, {"$ref": f"#/definitions/{name}", "definitions": model()["definitions"]})
    return body


@dataclass
class Asked:
    """A return as its buyer asked for it; item: "" in files that do not name it."""

    order: str
    rma: str
    sku: str
    quantity: int = 1
    item: str = ""
    status: str = "Approved"
    day: date = date(2026, 3, 10)


class AmazonReturns:
    """Mixed into the simulator. returns: those that buyers asked for; report_status: of a report that is looked at."""

    state: State
    documents: dict[str, bytes]
    returns: list[Asked]
    reports: dict[str, tuple[Any, Any]]
    report_status: str
    url: str

    def report_call(self, request: Request) -> Reply:
        path = request.path.removeprefix("/reports/2021-06-30")
        if (request.method, path) == ("POST", "/reports"):
            body = checked("CreateReportSpecification", request.json())
            begin, end = moment_of(body["dataStartTime"]), moment_of(body["dataEndTime"])
            if body[
                "reportType"
            ] != "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE" or not begin < end <= begin + timedelta(60):
                raise Refused(400, BAD)
            id = self.state.next_id()
            self.reports[id] = (begin, end)
            return Reply(checked("CreateReportResponse", {"reportId": id}), 202)
        if (found := re.fullmatch(r"/reports/(\d+)", path)) and found[1] in self.reports:
            return Reply(self._report(found[1]))
        if found := re.fullmatch(r"/documents/(returns-\d+)", path):
            self.documents[found[1]] = gzip.compress(self.file(*self.reports[found[1].removeprefix("returns-")]))
            told = {
                "reportDocumentId": found[1],
                "url": f"{self.url}/documents/{found[1]}",
                "compressionAlgorithm": "GZIP",
            }
            return Reply(checked("ReportDocument", told))
        raise Refused(404, BAD)

    def _report(self, id: str) -> Any:
        done = {"reportDocumentId": f"returns-{id}"} if self.report_status == "DONE" else {}
        return checked("Report", {
            "reportId": id, "reportType": "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE",
            "createdTime": "2026-03-10T12:00:00Z", "processingStatus": self.report_status, **done,
        })  # fmt: skip

    def file(self, begin: Any, end: Any) -> bytes:
        rows = [COLUMNS]
        for asked in self.returns:
            if begin.date() <= asked.day <= end.date():
                values = {
                    "Order ID": asked.order, "Order date": "01-Mar-2026", "Amazon RMA ID": asked.rma,
                    "Return request date": f"{asked.day:%d}-{('Jan', 'Feb', 'Mar')[asked.day.month - 1]}-{asked.day:%Y}",
                    "Return request status": asked.status, "Merchant SKU": asked.sku, "Item Name": "Caf\xe9 \"MUG",
                    "Return quantity": str(asked.quantity), "Return Reason": "CR-UNWANTED_ITEM", "Currency code": "GBP",
                    "In policy": "Y", "Order Item ID": asked.item,
                }  # fmt: skip
                rows.append([values.get(name, "") for name in COLUMNS])
        return "\r\n".join("\t".join(row) for row in rows).encode("cp1252")
