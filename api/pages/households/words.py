"""What the codes of households and visits are called on their pages, in Chinese; the English stands in the
catalogue."""

KINDS = {
    "resident": "居民户",
    "employed": "上班族",
    "key": "重点户",
    "shop": "商铺",
    "unclassified": "未分类",
}
WINDOWS = {"day": "白天", "evening": "晚上", "weekend": "周末"}
MODES = {"in_person": "上门", "online": "线上补访"}
LACKS = {"people": "人数没登记", "dwelling": "没有住址", "members": "没有成员", "contact": "没有电话"}
STATES = {"living": "在住", "vacant": "已迁出"}
TENURES = {"own": "自住", "rent": "租住", "other": "其他"}
FIELDS = {"name": "姓名", "phone": "电话"}
COMMANDS = {
    "recount": "更正人数", "reclassify": "改类别", "contact": "更新联系人", "move-in": "迁入",
    "move-out": "迁出", "join": "加成员", "leave": "移出成员",
}  # fmt: skip
TITLES = {
    "recount": "这户有几口人", "reclassify": "这户算哪一类", "contact": "这户找谁", "move-in": "这户搬到哪里",
    "move-out": "这户搬走了", "join": "谁是这户的人", "leave": "谁不再是这户的人",
}  # fmt: skip
EXPLAINED = {
    "reclassify": "改成重点户就是建档，改走就是销档，都要写原因。原因会密封保存，只有办理的人能看。",
    "move-in": "原来住的地方同时记为迁出。住房、住户、居住关系的历史各自保留。",
    "move-out": "迁出后不再排走访；再住进来时登记迁入。",
    "contact": "整个重写：没有填的就没有了。",
}
