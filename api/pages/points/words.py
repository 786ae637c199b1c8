"""What the codes of the points are called on the pages; each Chinese word has its English line."""

CLAIM_STATES = {
    "filed": "待核实", "credited": "已入账", "refused": "不予认定", "disputed": "争议中", "ruled": "已裁决",
    "appealed": "申诉中", "final": "裁决已生效",
}  # fmt: skip
CLAIM_RINGS = {
    "filed": "received", "credited": "closed", "refused": "ended", "disputed": "disputed",
    "ruled": "resolved", "appealed": "disputed", "final": "closed",
}  # fmt: skip
ORDER_STATES = {"requested": "待领取", "fulfilled": "已兑付", "cancelled": "已取消"}
ORDER_RINGS = {"requested": "handling", "fulfilled": "closed", "cancelled": "ended"}
LIST_STATES = {"taking": "登记中", "confirmed": "已核对", "cancelled": "已作废"}
LIST_RINGS = {"taking": "handling", "confirmed": "closed", "cancelled": "ended"}
KINDS = {"resident": "居民", "household": "家庭", "temporary": "临时积分卡", "staff": "工作人员"}
ITEM_KINDS = {"goods": "实物", "service": "服务", "voucher": "凭券"}
BY = {
    "": "", "holder": "本人取消", "desk": "服务台取消", "timed_out": "过期未领", "suspended": "兑换资格暂停",
}  # fmt: skip
BOOKS = {"tariffs": "积分规则", "catalogues": "兑换清单", "supervision": "监督规则"}
PARTS = {
    "holder": "持有人", "filer": "代报人", "witness": "见证人", "verifier": "核实人", "disputer": "异议人",
    "panel": "监督小组", "judge": "决定人", "desk": "工作人员",
}  # fmt: skip
VOTES = {"agree": "赞成", "against": "反对", "abstain": "弃权"}
OUTCOMES = {"upheld": "维持裁决", "overturned": "撤销裁决"}
STEPS = {
    "claim.filed": "申报", "claim.verified": "核实入账", "claim.refused": "不予认定",
    "claim.disputed": "异议冻结",
    "claim.statement-taken": "证言", "claim.member-recused": "回避", "claim.ruled": "裁决",
    "claim.vote-objected": "表决异议", "claim.appealed": "申诉", "claim.appeal-decided": "申诉决定",
    "claim.final": "生效",
}  # fmt: skip
OTHER_STEP = "入账"
OTHER_FACTS = {
    "points.credited": "入账", "points.held": "冻结", "points.hold-released": "解冻",
    "points.reversed": "冲正", "points.reversal-undone": "撤销冲正",
    "points.redemption-suspended": "暂停兑换", "points.redemption-restored": "恢复兑换",
    "points.credit-score-adjusted": "信用分", "redemption.cancelled": "取消兑换",
}  # fmt: skip
FIGURES = {
    "points": "申报的积分", "proven_quantity": "认定的数量", "reversed_points": "冲正的积分",
    "balance": "账户余额", "available": "可用", "held": "冻结", "held_disputed": "其中争议冻结",
    "held_redemption": "其中兑换冻结", "owed": "欠分", "credit_score": "信用分",
    "suspended_until": "暂停兑换到",
}  # fmt: skip
ENTRIES = {
    "credited": "入账", "redeemed": "兑换", "reversed": "冲正", "undone": "撤销冲正", "expired": "过期",
    "transferred": "转移",
}  # fmt: skip
CAUSES = {
    "claim": "申报", "complaint": "工单", "attendance": "活动名单", "redemption": "兑换单", "ruling": "裁决",
}  # fmt: skip
COMMANDS = {
    "verify": "核实", "refuse": "不予认定", "dispute": "提出异议", "statement": "记证言", "recuse": "回避",
    "rule": "裁决", "vote-objection": "对表决记录提出异议", "appeal": "申诉", "appeal-decision": "决定申诉",
    "fulfil": "兑付", "cancel": "取消", "present": "记到场", "absent": "划掉", "confirm": "核对",
}  # fmt: skip
BUTTONS = {
    "verify": "属实，入账", "refuse": "不予认定", "dispute": "提出异议", "statement": "记下证言",
    "recuse": "我回避", "rule": "写裁决", "vote-objection": "说明我的票", "appeal": "提出申诉",
    "appeal-decision": "决定申诉", "fulfil": "兑付", "cancel": "取消这一单", "present": "记到场",
    "absent": "划掉一人", "confirm": "核对入账",
}  # fmt: skip
DIFFERS = {
    "": "结果相同", "price": "单价不同", "not-in-tariff": "那本规则里没有这一项",
    "not-stacking": "那本规则里不能叠加",
}  # fmt: skip
