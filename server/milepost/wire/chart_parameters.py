"""The parameters by which charts are drawn, the same in a query string and in a tool call."""

from __future__ import annotations

from pydantic import Field

from milepost.domain.charts import ChartSearch
from milepost.wire.fields import PlaceField, TimeField
from milepost.wire.reading import Input


class ChartParameters(Input):
    """Which window of whose metrics. A parameter that is null counts as left out."""

    start_time: TimeField | None = Field(
        None,
        description="From here on: RFC 3339, or relative to now (units s m h d w); by default an hour before the end",
        examples=["now-24h", "2026-01-15T14:00:00Z"],
    )
    end_time: TimeField | None = Field(
        None, description="... up to here, as startTime; by default now", examples=["now-1h"]
    )
    bucket_sid: PlaceField | None = Field(
        None, description="What the labels of this bucket (service) select, by SID or name", examples=["checkout"]
    )
    environment_sid: PlaceField | None = Field(
        None, description="What the labels of this environment select, by SID or name", examples=["prod01"]
    )

    def to_search(self) -> ChartSearch:
        """What the services take."""
        return ChartSearch(
            start=self.start_time, end=self.end_time, bucket=self.bucket_sid, environment=self.environment_sid
        )
