"""Style sheets, modules and pictures, cached for ever by fingerprint, else revalidated."""

import os

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope


class Assets(StaticFiles):
    """Static files: for ever when the address holds a fingerprint, else asked for anew each time."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return the file with its time to live."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_fingerprinted = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_fingerprinted else "no-cache"
        )
        return response
