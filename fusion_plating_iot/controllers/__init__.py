from . import box_ingest, ingest
