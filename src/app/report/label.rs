//! What titles, columns and the words of reports are in Chinese. What is not in the list is shown as it is.

use std::fmt;

use super::html::Escaped;

/// A word in Chinese, where that is known, and in English.
#[derive(Debug, Clone, Copy)]
pub struct Both<'a> {
    chinese: Option<&'static str>,
    english: &'a str,
}

/// Looks a word up.
pub fn both(english: &str) -> Both<'_> {
    let found = LABELS.binary_search_by_key(&english, |(word, _)| word);
    Both {
        chinese: found
            .ok()
            .and_then(|place| LABELS.get(place))
            .map(|(_, chinese)| *chinese),
        english,
    }
}

impl Both<'_> {
    /// Without markup, and not escaped.
    pub fn plain(&self) -> String {
        match self.chinese {
            Some(chinese) => format!("{chinese} {}", self.english),
            None => self.english.to_owned(),
        }
    }
}

impl fmt::Display for Both<'_> {
    /// As markup.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let english = Escaped(self.english);
        match self.chinese {
            Some(chinese) => write!(f, "{} <small>{english}</small>", Escaped(chinese)),
            None => write!(f, "{english}"),
        }
    }
}

/// Whether the cells of a column are words of ours, and not names that somebody chose.
pub fn is_coded(column: &str) -> bool {
    const CODED: [&str; 9] = [
        "account",
        "colour",
        "kind",
        "lease",
        "movement",
        "of an earlier period",
        "other account",
        "state",
        "term",
    ];
    CODED.binary_search(&column).is_ok()
}

/// By word.
const LABELS: &[(&str, &str)] = &[
    ("FOCUS 1.2 cost and usage", "FOCUS 1.2 成本与用量"),
    ("VAT", "增值税"),
    ("VAT in fees", "服务费所含增值税"),
    ("VAT on fees in the ledger", "账簿服务费增值税"),
    ("VAT rate", "税率"),
    ("VAT rate, %", "增值税率（%）"),
    ("accelerator", "加速卡"),
    ("account", "科目"),
    ("accounts", "科目"),
    ("active", "执行中"),
    ("agreed at", "成交时间"),
    ("amount", "金额"),
    ("amount without VAT", "不含税金额"),
    ("appropriate", "预算拨入"),
    ("appropriation", "预算"),
    ("assess a year", "年度核定"),
    ("available", "可用"),
    ("balance", "余额"),
    ("balances", "科目余额"),
    ("bank", "存管账户"),
    ("bank in the ledger", "账簿存管余额"),
    ("bank reconciliation", "银行余额调节表"),
    ("bank-reconciliation", "银行余额调节表"),
    ("bid", "买单"),
    ("blue", "蓝字"),
    ("booked", "记账时间"),
    ("booked and on no statement yet", "未达账项"),
    ("booked at", "记账时间"),
    ("business reference", "业务单号"),
    ("buyer", "购买方"),
    ("buyer's code", "购买方统一社会信用代码"),
    ("cards", "卡数"),
    ("cash", "现金"),
    ("charge", "算力费"),
    ("charges", "算力费合计"),
    ("charges agreed", "约定算力费"),
    ("charges settled", "已结算算力费"),
    ("close a lease", "租约结清"),
    ("close code", "终止代码"),
    ("closed", "已结清"),
    ("closing", "期末余额"),
    ("closing balance", "期末余额"),
    ("collateral", "保证金"),
    ("collect a debt", "收回欠款"),
    ("colour", "蓝字/红字"),
    ("corrects", "对应蓝字发票"),
    ("counterparty", "对方户名"),
    ("credit", "赔付"),
    ("credit in cash", "其中返还承租方"),
    ("credit rate", "赔付倍数"),
    ("credits", "赔付合计"),
    ("custody accounts", "存管账户"),
    ("debt", "欠款"),
    ("deposit", "入金"),
    ("difference", "差额"),
    ("end", "结束"),
    ("end as agreed", "约定结束"),
    ("end before its time", "提前终止"),
    ("ended", "已到期"),
    ("ended at", "终止时间"),
    ("escrow", "租约托管"),
    ("expire a voucher", "算力券过期"),
    ("fee_revenue", "服务费收入"),
    ("figure", "项目"),
    ("fill", "成交"),
    ("focus", "FOCUS 成本与用量"),
    ("from", "起"),
    ("from before the accounts were opened here", "开户前余额"),
    ("fund a reserve", "备用金拨入"),
    ("go on in the place of a lease", "租约承继"),
    ("goods or service", "货物或应税劳务、服务名称"),
    ("grant a voucher", "发放算力券"),
    ("held", "买单冻结"),
    ("hold a bid", "买单冻结"),
    ("hours for acceptance", "验收时限（小时）"),
    ("hours for disputes", "异议期小时数"),
    ("hours for late usage", "用量补报小时数"),
    ("hours for the hand-over", "交付时限（小时）"),
    ("in", "收入"),
    ("in suspense", "待查款项"),
    ("invoice", "单据号"),
    ("invoice data", "开票信息"),
    ("invoice lines", "开票明细"),
    ("invoices", "开票信息"),
    ("issued, VAT", "开出：税额"),
    ("issued, with VAT", "开出：价税合计"),
    ("issued, without VAT", "开出：金额"),
    ("lapse a pot", "额度失效"),
    ("lapsed", "已失效"),
    ("largest fault rate", "最大故障率"),
    ("lease", "租约"),
    ("lease contract", "租约合同摘要"),
    ("leases", "租约"),
    ("listing", "挂牌"),
    ("market", "市场报告"),
    ("meaning", "含义"),
    ("model", "型号"),
    ("month", "月份"),
    ("movement", "业务类型"),
    ("movements", "账户明细"),
    ("name", "名称"),
    ("notice of a reclaim, hours", "收回预告（小时）"),
    ("notice of maintenance, hours", "维护预告（小时）"),
    ("of an earlier period", "属前期"),
    ("of which the tenant paid", "其中承租方支付"),
    ("of which the tenant pays", "其中承租方支付"),
    ("of which vouchers paid", "其中算力券支付"),
    ("of which vouchers pay", "其中算力券支付"),
    ("open", "开放"),
    ("opening balance", "期初余额"),
    ("organisation", "机构"),
    ("other account", "对方科目"),
    ("out", "支出"),
    ("parties", "当事方"),
    ("party", "当事方"),
    ("pay a claim", "兑付申领"),
    ("pay out earnings", "支付收益"),
    ("payable_cash", "应付（现金）"),
    ("payable_programme", "应付（财政）"),
    ("payout come back", "付款退回"),
    ("payout paid by the bank", "银行已付款"),
    ("payout_in_flight", "在途付款"),
    ("payouts in flight", "在途付款"),
    ("penalty", "违约金"),
    ("pending", "待开始"),
    ("pending_cash", "待结（现金）"),
    ("pending_programme", "待结（财政）"),
    ("platform", "平台"),
    ("post by hand", "手工记账"),
    ("pot", "券额度"),
    ("price", "单价（元/卡时）"),
    ("price and fees", "价格与服务费"),
    ("price without VAT", "不含税单价"),
    ("programme-statement", "计划对账单"),
    ("provider", "提供方"),
    ("provider's fee", "提供方服务费"),
    ("provider's fee, %", "提供方服务费率（%）"),
    ("provider's fees", "提供方服务费合计"),
    ("provider's penalty, %", "提供方违约金率（%）"),
    ("put into suspense", "转入待查"),
    ("quantity", "数量"),
    ("reason", "原因"),
    ("received, VAT", "收到：税额"),
    ("received, with VAT", "收到：价税合计"),
    ("received, without VAT", "收到：金额"),
    ("recovered", "已追回"),
    ("red", "红字"),
    ("redeemed", "已兑付"),
    ("reference", "银行流水号"),
    ("refunded", "退回"),
    ("release a bid", "买单解冻"),
    ("release a claim", "释放申领"),
    ("release earnings", "异议期满"),
    ("release escrow", "托管退回"),
    ("remit to a treasury", "上缴财政"),
    ("remittance", "附言"),
    ("reserve", "备用金"),
    ("reserve for a claim", "申领占用"),
    ("resolve suspense", "待查款项核销"),
    ("return a reserve", "备用金退回"),
    ("revoke a voucher", "撤销算力券"),
    ("rounding difference", "尾差"),
    ("seller", "销售方"),
    ("seller's code", "销售方统一社会信用代码"),
    ("send back what was in suspense", "退回待查款项"),
    ("service level and terms", "服务等级与条款"),
    ("settle usage", "用量结算"),
    ("site", "站点"),
    ("start", "开始"),
    ("state", "状态"),
    ("statement", "对账单"),
    ("statement of account", "对账单"),
    ("statements end with", "银行对账单余额"),
    ("suspense", "待查款项"),
    ("take a subsidy back", "追回补贴"),
    ("take back a pot", "收回额度"),
    ("tax classification code", "税收分类编码"),
    ("tenant", "承租方"),
    ("tenant's fee", "承租方服务费"),
    ("tenant's fee, %", "承租方服务费率（%）"),
    ("tenant's fees", "承租方服务费合计"),
    ("tenant's penalty, %", "承租方违约金率（%）"),
    ("term", "身份"),
    ("total", "合计"),
    ("total with VAT", "价税合计"),
    ("transfer", "分录号"),
    ("treasury pays", "财政到款"),
    ("treasury_fine", "财政罚款"),
    ("treasury_receivable", "应收财政"),
    ("trial-balance", "试算平衡表"),
    ("unexplained", "不明差额"),
    ("unified social credit code", "统一社会信用代码"),
    ("unit", "单位"),
    ("until", "止"),
    ("value", "内容"),
    ("vat_payable", "应交增值税"),
    ("voucher", "算力券"),
    ("voucher-statement", "算力券对账单"),
    ("voucher_available", "算力券可用"),
    ("voucher_held", "算力券买单占用"),
    ("voucher_reserved", "算力券租约占用"),
    ("vouchers", "算力券"),
    ("withdraw cash", "提取现金"),
    ("yes", "是"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_words_are_found() {
        for pair in LABELS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{pair:?}");
        }
        assert_eq!(both("total").to_string(), "合计 <small>total</small>");
        assert_eq!(both("<x>").to_string(), "&lt;x&gt;");
        assert!(is_coded("movement") && is_coded("account") && !is_coded("name"));
    }

    #[test]
    fn papers_have_a_chinese_word_for_every_account() {
        use crate::domain::account::AccountKey;
        use crate::domain::id::{LeaseId, OrgId, VoucherId};
        let (org, voucher) = (OrgId(1), VoucherId(1));
        for key in [
            AccountKey::Bank,
            AccountKey::FeeRevenue,
            AccountKey::VatPayable,
            AccountKey::PayoutInFlight,
            AccountKey::Suspense,
            AccountKey::Cash(org),
            AccountKey::Held(org),
            AccountKey::PendingCash(org),
            AccountKey::PendingProgramme(org),
            AccountKey::PayableCash(org),
            AccountKey::PayableProgramme(org),
            AccountKey::Collateral(org),
            AccountKey::Debt(org),
            AccountKey::Escrow(LeaseId(1)),
            AccountKey::VoucherAvailable(voucher),
            AccountKey::VoucherHeld(voucher),
            AccountKey::VoucherReserved(voucher),
        ] {
            assert_ne!(both(key.kind()).plain(), key.kind());
        }
    }
}
