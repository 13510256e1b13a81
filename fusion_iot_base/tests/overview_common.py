class OverviewMixin:
    """Looks at the Overview as a user does. For test cases of any addon that adds to it."""

    def snapshot(self, user, **context):
        """What the screen gets for this user."""
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["iot.overview"].with_user(user).with_context(**context).snapshot()

    def tiles(self, snapshot):
        """The tiles by name, of all parts of the screen."""
        parts = [*snapshot["sections"], *snapshot["attention"]["groups"], snapshot["shift"]]
        found = [tile for part in parts for tile in part["tiles"]]
        names = [tile["name"] for tile in found]
        self.assertEqual(len(names), len(set(names)), "a name stands for one tile")
        return dict(zip(names, found, strict=True))

    def counts(self, user, *names, **context):
        """The numbers on the tiles of these names; ``None`` where a tile is not there."""
        tiles = self.tiles(self.snapshot(user, **context))
        return [tiles[name]["count"] if name in tiles else None for name in names]

    def assert_numbers_open_their_lists(self, user, **context):
        """Each number is that of the records its action lists for this user; gives the tiles."""
        tiles = self.tiles(self.snapshot(user, **context))
        for tile in tiles.values():
            model = self.env.ref(tile["action"]).sudo().res_model
            records = self.env[model].with_user(user).with_context(**context)
            with self.subTest(tile=tile["name"], user=user.login):
                self.assertEqual(tile["count"], records.search_count(tile["domain"]), tile["domain"])
        return tiles
