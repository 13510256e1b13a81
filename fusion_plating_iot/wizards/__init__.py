from . import fp_ingest_token_rotate, fp_probe_replace
