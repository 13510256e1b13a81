{
    "name": "Fusion Benchmark",
    "summary": "The empty route that the ingest is compared with; never installed outside the benchmark",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["web"],
    "data": ["data/ir_config_parameter_data.xml"],
    "installable": True,
}
