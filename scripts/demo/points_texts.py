"""What people say about points in the invented community."""

NOTES: dict[str, tuple[str, ...]] = {
    "patrol": ("晚饭后跟着巡逻队走了一圈。", "夜巡，没有异常。", ""),
    "shopping-for-elder": ("帮楼下独居的老人买米买菜。", "下雨天老人不方便出门。", ""),
    "health-lecture": ("签到表上有名字。", ""),
    "clean-up": ("和邻居一起清了楼前的杂物。", "铲小广告，扫落叶。"),
    "stairwell-cleaning": ("把三单元的楼道扫了一遍。", ""),
    "mediation": ("楼上楼下为漏水吵架，劝和了，签了字。", "走廊堆物的事说通了。"),
    "hazard-report": ("单元门前井盖松动，已围挡。", "楼道电线裸露，报给网格员。"),
}
REFUSALS = ("签到表上没有记录，也没有人见到。", "这次活动改期了，当天没有举行。", "同一件事已经记过一次。")

DISPUTE_GROUNDS = (
    "小票只有一张，受益人只记得来过一次。",
    "楼里的邻居说那几天没有见他买菜。",
)
STATEMENTS = (
    "我住对门，那几天只见他提菜上楼一次。",
    "老人跟我说，买菜的人就来过一回。",
)
HOLDER_STATEMENT = "我确实买了三次，有两次没留小票。"
RECUSAL = "申报人是我妹夫，我不参加。"
RULING = "小票只有一张，受益人和证人都只能证实一次，多报的两次不予认定。"
APPEAL = "后来找到了另外两张小票，请求复核。"
OVERTURNED = "补交的两张小票时间、金额都对得上，三次都属实，撤销原裁决。"
FINDING_STOCK = "面粉清点比账面少一袋，系受潮破损，值班人员已补记。"
DAMAGED = "一袋受潮破损，已拍照"
DELIVERED = "供应商送货"
FIRST_STOCK = "开点备货"
REVOCATION = "本期计分中有一笔经裁决为虚报。"
