//! The one table from errors to responses (RFC 9457).
//!
//! A handler returns a [`Refused`]; [`super::request`] turns it into a problem body with the request's id. `code` is stable;
//! `title` is what a user reads: what happened, what it means, what to do. Details that only a technician can use go to
//! `detail`; what could name a person or an address goes nowhere.

mod arrangement;
mod attendance;
mod importing;
mod joint_test;
mod material;
mod meeting;
mod profile;
mod roll_call;

pub(super) use importing::{import_en, import_zh};

use super::{
    api::legs::field_zh,
    wire::{FieldProblem, Problem},
};
use crate::{
    app::{
        AccountFault, BookFault, CatalogueFault, DelegationFault, DeviceFault, DoorFault, HolderFault, JoinFault,
        LegFault, LibraryFault, LoginFault, PasswordFault, PinFault, RecordingFault, SeatFault, SecondFactorFault,
        SelfCheckFault, SessionFault, SignOffFault, TokensFault, UnitFault, UnitUse, UnlockFault, Unwritten,
        VenueFault, token::TokenError,
    },
    domain::{
        access::Refusal,
        account::{PasswordRules, TooWeak},
        account_request::{self, DecisionFault},
        client_certificate::Fault,
        hand_over,
        line::LineFault,
        lockout::LockoutRules,
        officer::{self, RolesFault},
        org_unit::{self, CloseFault},
        pen,
        sign_off::{self, SignFault},
        venue::ID_CHARS_MAX,
    },
    relay::{command::RelayError, transport::sdp::OfferError},
};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::borrow::Cow;

/// A request that is not done.
#[derive(Debug, Clone)]
pub struct Refused {
    status: StatusCode,
    code: &'static str,
    title: Cow<'static, str>,
    fields: Vec<FieldProblem>,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $title:literal;)*) => {
        impl Refused {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name() -> Self {
                Self::new(StatusCode::$status, $code, $title)
            }
        )*}
    };
}

refusals! {
    /// The request makes no sense as HTTP.
    bad_request = BAD_REQUEST, "request.malformed", "请求格式有误，服务器无法理解。请刷新页面后重试。";
    /// No token, or none that is any good.
    token_needed = UNAUTHORIZED, "access.token_needed", "请先登录，或使用会务人员发给您的完整链接。";
    /// A token that is not ours or was changed.
    token_invalid = UNAUTHORIZED, "access.token_invalid", "入会凭证无效。请向会务人员索取新的链接。";
    /// A token whose time is over.
    token_expired = UNAUTHORIZED, "access.token_expired", "入会凭证已过期。请向会务人员索取新的链接。";
    /// A token that was revoked, or whose meeting is over.
    token_revoked = UNAUTHORIZED, "access.token_revoked", "入会凭证已被撤销，或会议已经结束。如仍需参会，请向会务人员索取新的链接。";
    /// There is no such token, for this caller.
    token_unknown = NOT_FOUND, "token.unknown", "没有这个入会凭证。它可能早已过期，请刷新页面。";
    /// The account's roles don't include this.
    not_allowed = FORBIDDEN, "access.not_allowed", "您的账号没有此项权限。如确需办理，请联系安全管理员。";
    /// Figures are asked for from an address that may not read them.
    metrics_refused = UNAUTHORIZED, "metrics.refused", "监控指标只对 network.metrics_subnets 中的地址开放。请在配置文件中加入监控主机的地址，或以值机员、系统管理员身份登录后读取。";
    /// The account still has its one-time password.
    password_change_needed = FORBIDDEN, "access.password_change_needed", "首次登录请先修改密码，然后继续。";
    /// Log-in name or password is wrong; nobody is told which.
    login_wrong = UNAUTHORIZED, "login.wrong", "账号或密码不正确。请核对后重试；连续多次错误将锁定。";
    /// The password is right, and the second step is still to come.
    login_code_needed = UNAUTHORIZED, "login.code_needed", "此账号启用了动态口令。请再输入验证器显示的 6 位数字，或一个备用码。";
    /// The code of the second step is wrong, over or used.
    login_code_wrong = UNAUTHORIZED, "login.code_wrong", "动态口令不正确、已过期或已用过。请等验证器显示下一个数字后再试；连续多次错误将锁定。";
    /// The account's second factor was a certificate, and none can be shown any more.
    login_factor_lost = UNAUTHORIZED, "login.factor_lost", "本账号登录须出示证书，而证书已被撤销或服务器不再接受证书，因此不能只凭密码登录。请安全管理员在“账号”页解除证书要求；服务器仍接受证书时，也可请系统管理员签发新证书。";
    /// The password is right, and the account's certificate is to be shown.
    login_certificate_needed = UNAUTHORIZED, "login.certificate_needed", "此账号须用客户端证书登录，而浏览器没有出示证书。请在装有本人证书的电脑上登录；刚安装证书的，请关闭浏览器的所有窗口后重新打开。";
    /// The certificate that was shown is another CA's.
    login_certificate_foreign = UNAUTHORIZED, "login.certificate_foreign", "浏览器出示的证书不是本系统签发的。请关闭浏览器后重新打开，选择本系统签发给您的证书。";
    /// It is ours, and for something else or nobody's.
    login_certificate_unregistered = UNAUTHORIZED, "login.certificate_unregistered", "浏览器出示的证书没有登记给任何账号，不能用于登录。请联系系统管理员重新签发。";
    /// Its time is over.
    login_certificate_expired = UNAUTHORIZED, "login.certificate_expired", "您的证书已经过期。请联系系统管理员重新签发，并请安全管理员吊销旧证书。";
    /// Its time has not come: somebody's clock is wrong.
    login_certificate_not_yet = UNAUTHORIZED, "login.certificate_not_yet", "您的证书尚未生效。请系统管理员核对服务器时间。";
    /// It was revoked.
    login_certificate_revoked = UNAUTHORIZED, "login.certificate_revoked", "浏览器出示的证书已被吊销，不能再用于登录。请改用新证书，或联系安全管理员。";
    /// It is another account's.
    login_certificate_others = UNAUTHORIZED, "login.certificate_others", "浏览器出示的是另一个账号的证书。请关闭浏览器后重新打开，选择本人的证书；连续多次错误将锁定。";
    /// The account has no such certificate.
    certificate_unknown = NOT_FOUND, "certificate.unknown", "找不到这张证书。请刷新页面。";
    /// Nobody revokes their own certificate.
    certificate_own = CONFLICT, "certificate.own", "不能吊销自己的证书。请由另一位安全管理员办理，或在服务器本机执行 yunling user passwd。";
    /// There is a second factor already.
    second_factor_on = CONFLICT, "second_factor.on", "已经启用动态口令。更换手机或验证器，请联系安全管理员重置。";
    /// A code for what was not begun.
    second_factor_not_begun = CONFLICT, "second_factor.not_begun", "请先扫描二维码，再输入验证器显示的数字。";
    /// The code is not what the authenticator shows now.
    second_factor_wrong = UNPROCESSABLE_ENTITY, "second_factor.wrong", "数字不正确。请核对手机时间是否准确，输入验证器现在显示的 6 位数字。";
    /// Nobody takes their own second factor away.
    second_factor_own = CONFLICT, "second_factor.own", "不能重置自己的动态口令。请由另一位安全管理员办理，或在服务器本机执行 yunling user passwd。";
    /// The role asks for a second factor first.
    access_second_factor_needed = FORBIDDEN, "access.second_factor_needed", "您的角色须使用动态口令。请先在本页启用。";
    /// Nobody sits at the console; what runs goes on.
    console_locked = LOCKED, "console.locked", "控制台已锁定，会议照常进行。请先输入 PIN 码或密码解锁。";
    /// The PIN or the password is another.
    console_wrong_key = UNPROCESSABLE_ENTITY, "console.wrong_key", "PIN 码或密码不正确。请重新输入。";
    /// The account has no PIN.
    console_no_pin = CONFLICT, "console.no_pin", "此账号没有设置 PIN 码。请输入登录密码解锁。";
    /// The PIN was wrong too often.
    console_pin_over = CONFLICT, "console.pin_over", "PIN 码已连续错误 5 次，不能再用。请输入登录密码解锁。";
    /// It can't be a PIN.
    pin_weak = UNPROCESSABLE_ENTITY, "pin.weak", "PIN 码须为 6 至 12 位数字，不能全部相同，也不能连续递增或递减。";
    /// A leader's seat is a leader's.
    device_no_leader = UNPROCESSABLE_ENTITY, "device.no_leader", "没有这样的领导账号。请填写一位领导的账号名。";
    /// There is nothing to attend.
    seat_no_meeting = CONFLICT, "seat.no_meeting", "本座席所在会场现在没有正在进行的会议。";
    /// The seat's person has no PIN.
    seat_no_pin = CONFLICT, "seat.no_pin", "您还没有设置 PIN 码。请先登录管理页面，在“我的账号”页设置。";
    /// The PIN is another.
    seat_wrong_pin = UNPROCESSABLE_ENTITY, "seat.wrong_pin", "PIN 码不正确。请重新输入；连续多次错误将锁定本座席。";
    /// Too many wrong PINs at this seat.
    seat_locked = TOO_MANY_REQUESTS, "seat.locked", "PIN 码连续错误，本座席已锁定 30 分钟。请稍后再试，或请安全管理员解除账号锁定。";
    /// A one-time password that was to be used sooner.
    login_one_time_over = UNAUTHORIZED, "login.one_time_over", "一次性密码已过期，不能再使用。请联系安全管理员重置密码。";
    /// There is no such log-in of the caller's.
    login_unknown = NOT_FOUND, "login.unknown", "这次登录已经结束。请刷新页面。";
    /// Too many failures from this address.
    login_locked = TOO_MANY_REQUESTS, "login.locked", "密码连续错误，已暂停登录。请稍后再试，或请安全管理员解除锁定。";
    /// One address logs in too often.
    login_too_often = TOO_MANY_REQUESTS, "login.too_often", "登录过于频繁。请稍候片刻再试。";
    /// Too many passwords wait to be checked.
    login_busy = SERVICE_UNAVAILABLE, "login.busy", "登录的人较多，服务器暂时忙。请几秒后重试。";
    /// The present password is another.
    password_wrong_old = UNPROCESSABLE_ENTITY, "password.wrong_old", "当前密码不正确。请重新输入。";
    /// The new password is too easily guessed.
    password_too_weak = UNPROCESSABLE_ENTITY, "password.too_weak", "新密码太简单：须够长，包含几类字符，且不含账号名。";
    /// The new password was used before.
    password_reused = UNPROCESSABLE_ENTITY, "password.reused", "新密码与最近用过的密码相同。请换一个。";
    /// There is no such account.
    account_unknown = NOT_FOUND, "account.unknown", "找不到这个账号。请刷新页面。";
    /// Another account has this log-in name.
    account_login_taken = CONFLICT, "account.login_taken", "这个账号名已被使用。请换一个账号名。";
    /// It can't be a log-in name.
    account_login_invalid = UNPROCESSABLE_ENTITY, "account.login_invalid", "账号名须为 2 至 32 个字母、数字或 . - _ 字符。";
    /// It can't be a person's name.
    account_name_invalid = UNPROCESSABLE_ENTITY, "account.name_invalid", "姓名须为 1 至 64 个字符。";
    /// An account is for something.
    account_role_needed = UNPROCESSABLE_ENTITY, "account.role_needed", "请至少选择一个角色。";
    /// Who grants rights runs nothing they are for.
    account_officers_together = UNPROCESSABLE_ENTITY, "account.officers_together", "系统管理员和安全管理员不能由同一账号担任（三员分立）。人员确实不足时，请写明由谁决定、为何兼任。";
    /// An exception is one person's, and is not handed over.
    account_hand_over_apart = CONFLICT, "account.hand_over_apart", "此账号兼任系统管理员和安全管理员，不能整体交接。请先为接任者分别设立账号，再停用此账号。";
    /// Who reads the book does nothing that is written there.
    account_auditor_alone = UNPROCESSABLE_ENTITY, "account.auditor_alone", "审计管理员不能兼任其他角色（三员分立）。请为其他职责另设账号。";
    /// Nobody could manage accounts any more.
    account_last_security_admin = CONFLICT, "account.last_security_admin", "这是最后一个可用的安全管理员，不能停用或撤销其角色。请先指定另一位安全管理员。";
    /// Nobody hands their own post over.
    account_own_post = CONFLICT, "account.own_post", "不能办理本人岗位的交接。请由另一位安全管理员办理。";
    /// It was handed over before, or disabled.
    account_ended = CONFLICT, "account.ended", "这个账号已经停用，不能交接。如需交接，请先启用它。";
    /// Somebody else is the approver.
    account_approver_taken = CONFLICT, "account.approver_taken", "该单位已有审签人，每个单位同时只能有一位（一支笔审签）。请先撤销其审签人角色；临时外出请由审签人在“审签”页委托他人。";
    /// There is no such unit, or none of the caller's.
    unit_unknown = NOT_FOUND, "unit.unknown", "找不到这个单位，或者您不是它的联络员。请刷新页面。";
    /// The file is no table.
    import_unreadable = UNPROCESSABLE_ENTITY, "import.unreadable", "这个文件不是可以导入的表格。请用本页的模板填写后重新上传。";
    /// Lines of it are wrong.
    import_wrong = UNPROCESSABLE_ENTITY, "import.wrong", "表格里有不符合要求的行，没有导入任何内容。请修改后重新核对。";
    /// It is not what was checked.
    import_otherwise = CONFLICT, "import.otherwise", "核对之后单位、账号或文件又有变化，没有导入任何内容。请重新核对。";
    /// Something hangs on it.
    unit_in_use = CONFLICT, "unit.in_use", "这个单位仍有人员、会议或办理记录，不能删除。";
    /// It is closed.
    unit_closed = CONFLICT, "unit.closed", "这个单位已经关闭，不能新增账号或指定联络员。确需恢复的，请安全管理员先在“单位”页重新启用。";
    /// The server belongs to it.
    unit_own_stays = CONFLICT, "unit.own_stays", "这是本级单位，不能关闭。请先把另一个单位设为本级。";
    /// Accounts of it were asked for.
    unit_waiting = CONFLICT, "unit.waiting", "这个单位还有待办理的账号申请。请先办理，再关闭。";
    /// There are too many units.
    unit_too_many = CONFLICT, "unit.too_many", "单位数量已达上限。";
    /// There is no such request.
    account_request_unknown = NOT_FOUND, "account_request.unknown", "找不到这份账号申请。请刷新页面。";
    /// It was decided before.
    account_request_decided = CONFLICT, "account_request.decided", "这份账号申请已经办理，不能再次办理。请刷新页面查看结果。";
    /// Too many of the unit wait.
    account_request_waiting = CONFLICT, "account_request.waiting", "本单位待办理的账号申请较多。请等安全管理员办理后再申请。";
    /// There is no such machine.
    device_unknown = NOT_FOUND, "device.unknown", "找不到这台设备。请刷新页面。";
    /// There are too many machines.
    device_too_many = CONFLICT, "device.too_many", "设备数量已达上限。请先撤销不再使用的设备。";
    /// There is no such sign-off.
    signoff_unknown = NOT_FOUND, "signoff.unknown", "找不到这份审签申请。请刷新页面。";
    /// It was decided before.
    signoff_decided = CONFLICT, "signoff.decided", "这份申请已经审签，不能再次办理。请刷新页面查看结果。";
    /// Nothing was granted that could be taken back.
    signoff_not_open = CONFLICT, "signoff.not_open", "这份申请目前没有生效：可能未同意、已收回或已到期。";
    /// Two approvers would share a pen.
    unit_two_approvers = CONFLICT, "unit.two_approvers", "这样会使两位审签人同属本级，同一单位只能有一位（一支笔审签）。请先调整其中一位的角色或单位。";
    /// The part that was signed for can't be cut.
    signoff_cut_failed = CONFLICT, "signoff.cut_failed", "所申请的片段未能截取，录像完好。请重试；仍不能截取时，请重新申请稍长的片段，或联系系统管理员。";
    /// There is no such delegation.
    delegation_unknown = NOT_FOUND, "delegation.unknown", "找不到这项委托。请刷新页面。";
    /// It is over.
    delegation_over = CONFLICT, "delegation.over", "这项委托已经结束，不必再次终止。请刷新页面。";
    /// The same person asked before.
    signoff_asked_already = CONFLICT, "signoff.asked_already", "您已为这份录像提交过申请，尚在办理或仍在有效期内，不必重复申请。";
    /// It was asked for by another log-in, or before the server started.
    play_unknown = NOT_FOUND, "play.unknown", "播放已失效，请返回录像列表重新打开。";
    /// It still goes on.
    recording_goes_on = CONFLICT, "recording.goes_on", "这份录像还在录制，结束后才能申请调出。";
    /// There is no such leg.
    leg_unknown = NOT_FOUND, "leg.unknown", "找不到这条线路。请刷新页面。";
    /// It comes from the settings file.
    leg_from_settings = CONFLICT, "leg.from_settings", "这条线路在服务器的设置文件中配置，不能在此修改。请由技术人员修改设置文件。";
    /// A meeting that is to be takes its programme from it.
    leg_planned = CONFLICT, "leg.planned", "有会议安排了这条线路，不能删除。请先为那个会议改选线路。";
    /// There are too many.
    leg_too_many = CONFLICT, "leg.too_many", "线路数量已达上限。请先删除不再使用的线路。";
    /// There is no such venue.
    venue_unknown = NOT_FOUND, "venue.unknown", "找不到这个会场。请先在会场页面添加。";
    /// There is no such profile.
    profile_unknown = NOT_FOUND, "profile.unknown", "找不到这个会议模板，可能刚被删除。请刷新页面。";
    /// There are as many as can be.
    profile_too_many = CONFLICT, "profile.too_many", "会议模板数量已达上限。请先删除不再使用的模板。";
    /// No machine waits for this code.
    pair_wrong_code = UNPROCESSABLE_ENTITY, "pair.wrong_code", "配对码不正确或已过期。请核对，或请管理员重新生成。";
    /// One address tries codes too often.
    pair_too_often = TOO_MANY_REQUESTS, "pair.too_often", "配对码输入过于频繁。请稍候片刻再试。";
    /// Nothing can be written into the book, so nothing may be done.
    audit_unavailable = SERVICE_UNAVAILABLE, "audit.unavailable", "审计记录暂时无法写入，为保证可追溯，本次操作未执行。请联系技术人员检查磁盘。";
    /// Too many papers wait to be made.
    papers_busy = SERVICE_UNAVAILABLE, "paper.busy", "正在生成的文件较多，服务器暂时忙。请几秒后重试。";
    /// The program was built without fonts.
    papers_no_fonts = NOT_IMPLEMENTED, "paper.no_fonts", "本程序编译时没有附上中文字体，不能生成 PDF。请用正式发行包，或请技术人员运行 make pages 后重新编译。";
    /// There is none, or the caller may not know of it.
    not_found = NOT_FOUND, "request.not_found", "找不到所请求的内容，或者您无权查看。请检查链接是否完整。";
    /// There is no such meeting for this caller.
    meeting_unknown = NOT_FOUND, "meeting.unknown", "找不到这个会议，或者您无权参加。请检查链接是否完整。";
    /// There is no such session for this caller.
    session_unknown = NOT_FOUND, "session.unknown", "连接已经结束。请重新进入会议。";
    /// The resource does not know this method.
    method_not_allowed = METHOD_NOT_ALLOWED, "request.method_not_allowed", "此地址不支持这种操作。";
    /// Nothing we can send is acceptable.
    not_acceptable = NOT_ACCEPTABLE, "request.not_acceptable", "客户端不接受服务器能提供的格式。请更换浏览器或播放器。";
    /// No codec in common, or a protocol feature is missing.
    offer_not_acceptable = NOT_ACCEPTABLE, "offer.not_acceptable", "此设备的编解码格式与会议不符，无法接入。请更换浏览器或设备，或联系会务人员。";
    /// The meeting is not on air.
    meeting_not_on_air = CONFLICT, "meeting.not_on_air", "会议尚未开始或已经结束。请在会议时间内重试。";
    /// It is over.
    meeting_over = CONFLICT, "meeting.closed", "会议已经结束，不能再召开或更改。如需继续，请新建一个会议。";
    /// It does not take place.
    meeting_cancelled = CONFLICT, "meeting.cancelled", "会议已经取消，不能再召开或更改。如需召开，请新建一个会议。";
    /// It is on air, and is closed, not cancelled.
    meeting_on_air = CONFLICT, "meeting.on_air", "会议正在进行，不能取消。如不再继续，请结束会议。";
    /// It was tested, and what was tested would become another.
    meeting_frozen = CONFLICT, "meeting.frozen", "会议已经联调，设置已冻结，没有保存。确需更改的，请确认“联调后更改”。";
    /// A joint test is never recorded nor tested itself.
    is_joint_test = CONFLICT, "joint_test.is_one", "这是一场联调：联调不录制成会议录像，也不能再安排联调。";
    /// There is none of that id.
    joint_test_unknown = NOT_FOUND, "joint_test.unknown", "没有这场联调。请刷新列表后重试。";
    /// Its meeting has begun or is over.
    joint_test_late = CONFLICT, "joint_test.meeting_begun", "会议已经开始、结束或取消，不能再安排联调。";
    /// Its meeting has one that is to be.
    joint_test_there = CONFLICT, "joint_test.there", "会议已有一场联调，没有另外安排。可以改它的时间。";
    /// It was cancelled.
    joint_test_cancelled = CONFLICT, "joint_test.cancelled", "这场联调已取消，不能开始。如需联调，请另行安排。";
    /// It has not begun.
    joint_test_not_begun = CONFLICT, "joint_test.not_begun", "联调还没有开始。请先开始联调。";
    /// It runs already.
    joint_test_runs = CONFLICT, "joint_test.runs", "联调正在进行。请先完成检查并结束联调。";
    /// It is over, with its result.
    joint_test_over = CONFLICT, "joint_test.over", "联调已经结束，结果不能直接改。有问题的可以继续联调；合格后要重做的，请另行安排联调。";
    /// It has no defect that somebody would have to sign for.
    joint_test_no_reason = CONFLICT, "joint_test.no_reason", "还没有写明带问题召开的原因，不能签字。请会控员先说明原因。";
    /// Whoever ran it signs for it.
    joint_test_own = FORBIDDEN, "joint_test.own", "主持联调或写说明的人不能自己签字。请由审签人或领导签字。";
    /// Nothing can be measured: its room is closed.
    joint_test_not_on_air = CONFLICT, "joint_test.not_on_air", "联调的房间没有打开，不能测量。房间已关闭的，请另行安排一次联调。";
    /// Another trial recording runs.
    trial_busy = CONFLICT, "joint_test.trial_busy", "另一场试录正在进行。请十几秒后重试。";
    /// The disk is full.
    trial_disk_full = CONFLICT, "joint_test.disk_full", "录制磁盘空间不足，不能试录。请先清理磁盘。";
    /// The recorder does not write.
    trial_failed = SERVICE_UNAVAILABLE, "joint_test.trial_failed", "试录没有成功，录制程序没有写出可读的内容。请重试；仍不行请联系技术人员。";
    /// A venue of it takes part in another meeting that is on air.
    venue_taken = CONFLICT, "meeting.venue_taken", "有会场正在参加另一个会议。请先结束那个会议，或从本会议中去掉这个会场。";
    /// The line of it feeds another meeting that is on air.
    line_taken = CONFLICT, "meeting.line_taken", "线路正在供另一个会议使用。请先结束那个会议，或为本会议选择其他线路。";
    /// Another meeting has a venue or the line at that time.
    schedule_clash = CONFLICT, "schedule.clash", "会场或线路同时段已有其他会议，没有保存。请改时间，或改选会场、线路。";
    /// Somebody would be in two meetings at once.
    schedule_unconfirmed = CONFLICT, "schedule.unconfirmed", "有人同时段还有其他会议，没有保存。请核对；确实这样安排的，勾选“已知晓”后再保存。";
    /// Nobody of that name is in the meeting.
    participant_gone = CONFLICT, "participant.gone", "这个参会方不在会议中，可能刚刚离开。请核对后重试。";
    /// A link is started and stopped, not removed.
    participant_is_leg = CONFLICT, "participant.is_leg", "这是一条线路，不能移出会议。如需断开，请在“线路”页停止它。";
    /// The meeting is not being recorded.
    recording_none = CONFLICT, "recording.none", "会议没有在录制，无法添加标记。请先开始录制。";
    /// There is no recording of that id.
    recording_unknown = NOT_FOUND, "recording.unknown", "没有这份录制。请刷新列表后重试。";
    /// Its files are not there, or not this one.
    recording_no_file = NOT_FOUND, "recording.no_file", "这份录制没有这个文件，可能正在生成。请稍后刷新。";
    /// It stays as it is.
    recording_locked = CONFLICT, "recording.locked", "这份录像已封存，不能更改。如确需更改，请先由审签人解除封存。";
    /// It is not locked.
    recording_not_locked = CONFLICT, "recording.not_locked", "这份录像没有封存。请刷新页面。";
    /// It has too many marks.
    recording_marks_full = CONFLICT, "recording.marks_full", "这份录像的标记数量已达上限。请先删除不需要的标记。";
    /// There is no such mark.
    recording_mark_unknown = NOT_FOUND, "recording.mark_unknown", "找不到这个标记。请刷新页面。";
    /// It runs, or its files are being made.
    recording_busy = CONFLICT, "recording.busy", "录制正在进行或正在生成成品，现在不能重新生成。请等它完成后再试。";
    /// What is asked for of a file is not in it.
    range_unsatisfiable = RANGE_NOT_SATISFIABLE, "request.range_not_satisfiable", "请求的范围超出文件长度。";
    /// The id is another venue's.
    venue_taken_id = CONFLICT, "venue.taken", "已有使用这个代号的会场。请换一个代号。";
    /// One participant holds too many sessions.
    too_many_sessions = CONFLICT, "session.too_many", "同一凭证的连接过多。请关闭其他页面后重试。";
    /// The entity tag is of an older ICE session.
    stale = PRECONDITION_FAILED, "session.stale", "连接状态已经变化，此次更新未生效。页面会自动重试。";
    /// A PATCH without `If-Match`.
    if_match_needed = PRECONDITION_REQUIRED, "session.if_match_needed", "更新连接时缺少 If-Match。请更新客户端软件。";
    /// The body is larger than we read.
    too_large = PAYLOAD_TOO_LARGE, "request.too_large", "请求内容过大。";
    /// The body is of another type.
    unsupported_type = UNSUPPORTED_MEDIA_TYPE, "request.unsupported_type", "请求内容的类型不受支持。";
    /// The offer is no SDP.
    offer_malformed = BAD_REQUEST, "offer.malformed", "设备发来的会话描述有误。请刷新页面或重启设备后重试。";
    /// The fragment is no sdpfrag.
    fragment_malformed = BAD_REQUEST, "session.fragment_malformed", "设备发来的网络信息有误。请刷新页面后重试。";
    /// The offer is SDP, but not one this endpoint can serve.
    offer_unprocessable = UNPROCESSABLE_ENTITY, "offer.unprocessable", "设备请求的媒体组合不受支持。请检查设备的推流或播放设置。";
    /// A field is not valid.
    field_invalid = UNPROCESSABLE_ENTITY, "request.field_invalid", "填写的内容不符合要求。请修改后重试。";
    /// One address joins too often.
    too_often = TOO_MANY_REQUESTS, "join.too_often", "连接过于频繁。请稍候片刻再试。";
    /// The media side is saturated.
    busy = SERVICE_UNAVAILABLE, "relay.busy", "媒体服务繁忙，暂时无法接入。请几秒后重试；如持续出现请联系技术人员。";
    /// The room is full.
    room_full = SERVICE_UNAVAILABLE, "relay.room_full", "会议的接入数量已达上限。请联系会务人员。";
    /// The server is ending.
    stopping = SERVICE_UNAVAILABLE, "server.stopping", "服务器正在重启。页面会自动重新连接。";
    /// Our fault.
    internal = INTERNAL_SERVER_ERROR, "server.internal", "服务器内部错误。请把下面的编号告诉技术人员。";
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title: title.into(), fields: Vec::new(), detail: String::new(), headers: Vec::new() }
    }

    /// With a sentence of its own, where the usual one would not say which thing is meant.
    #[must_use]
    pub fn saying(mut self, sentence: String) -> Self {
        self.title = sentence.into();
        self
    }

    /// With one more field that has to be changed, and what is wrong with it: a sentence in Chinese.
    #[must_use]
    pub fn field(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.fields.push(FieldProblem { field: field.to_owned(), sentence: sentence.into() });
        self
    }

    /// With a sentence for a technician.
    #[must_use]
    pub fn detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, seconds.into())
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// What a bare status means, for responses the framework makes itself.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::method_not_allowed(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported_type(),
            StatusCode::UNPROCESSABLE_ENTITY => Self::field_invalid(),
            StatusCode::SERVICE_UNAVAILABLE => Self::busy(),
            status if status.is_client_error() => Self { status, ..Self::bad_request() },
            status => Self { status, ..Self::internal() },
        }
    }

    /// The problem body for one request.
    #[must_use]
    pub fn problem(&self, request_id: &str) -> Problem {
        Problem {
            r#type: format!("urn:yunling:problem:{}", self.code),
            title: self.title.clone().into_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            fields: self.fields.clone(),
            request_id: request_id.to_owned(),
        }
    }
}

impl IntoResponse for Refused {
    /// The body follows in [`super::request`], which knows the request's id.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = match self.code {
                "access.token_needed"
                | "login.wrong"
                | "login.code_needed"
                | "login.code_wrong"
                | "login.one_time_over" => HeaderValue::from_static("Bearer realm=\"yunling\""),
                _ => HeaderValue::from_static("Bearer realm=\"yunling\", error=\"invalid_token\""),
            };
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<HolderFault> for Refused {
    fn from(error: HolderFault) -> Self {
        match error {
            HolderFault::Token(TokenError::Invalid) => Self::token_invalid(),
            HolderFault::Token(TokenError::Expired) => Self::token_expired(),
            HolderFault::Revoked => Self::token_revoked(),
            HolderFault::Store(error) => internal(&error),
        }
    }
}

impl From<TokensFault> for Refused {
    fn from(error: TokensFault) -> Self {
        match error {
            TokensFault::Access(error) => refusal(error, Self::token_unknown),
            TokensFault::Unknown => Self::token_unknown(),
            TokensFault::Store(error) => internal(&error),
        }
    }
}

/// A refusal about something that is called `hidden` when the caller may not know it.
fn refusal(refusal: Refusal, hidden: fn() -> Refused) -> Refused {
    match refusal {
        Refusal::TokenNeeded => Refused::token_needed(),
        Refusal::Hidden => hidden(),
        Refusal::Forbidden => Refused::not_allowed(),
        Refusal::PasswordChangeNeeded => Refused::password_change_needed(),
        Refusal::SecondFactorNeeded => Refused::access_second_factor_needed(),
    }
}

impl From<Refusal> for Refused {
    fn from(error: Refusal) -> Self {
        refusal(error, Self::not_found)
    }
}

impl From<RelayError> for Refused {
    fn from(error: RelayError) -> Self {
        match error {
            RelayError::Busy => Self::busy().retry_after(2),
            RelayError::NoSuchRoom(_) => Self::busy().retry_after(1).detail("the meeting's room is being opened again"),
            RelayError::NoSuchSession(_) => Self::session_unknown(),
            RelayError::NotRecorded(_) => Self::recording_none(),
            RelayError::RoomFull(limit) => Self::room_full().retry_after(30).detail(format_args!("limit {limit}")),
            RelayError::RoomExists(_) | RelayError::SessionExists(_) => internal(&error),
            RelayError::InvalidPlan(_) => internal(&error),
        }
    }
}

impl From<OfferError> for Refused {
    fn from(error: OfferError) -> Self {
        let detail = error.to_string();
        let refused = match error {
            OfferError::Malformed(_) => Self::offer_malformed(),
            OfferError::NotAcceptable(_) => Self::offer_not_acceptable(),
            OfferError::Unprocessable(_) => Self::offer_unprocessable(),
        };
        refused.detail(detail)
    }
}

impl From<JoinFault> for Refused {
    fn from(error: JoinFault) -> Self {
        match error {
            JoinFault::Access(error) => refusal(error, Self::meeting_unknown),
            JoinFault::Unknown => Self::meeting_unknown(),
            JoinFault::NotOnAir => Self::meeting_not_on_air().retry_after(10),
            JoinFault::Gone => Self::session_unknown().detail(error),
            JoinFault::TooMany => Self::too_many_sessions().retry_after(5),
            JoinFault::Offer(error) => error.into(),
            JoinFault::Relay(error) => error.into(),
            JoinFault::Store(_) => internal(&error),
        }
    }
}

impl From<SessionFault> for Refused {
    fn from(error: SessionFault) -> Self {
        match error {
            SessionFault::Access(error) => refusal(error, Self::session_unknown),
            SessionFault::Unknown => Self::session_unknown(),
            SessionFault::Stale => Self::stale(),
            SessionFault::NoSuchSlot => Self::field_invalid().detail(error),
            SessionFault::Relay(error) => error.into(),
        }
    }
}

impl From<RecordingFault> for Refused {
    fn from(error: RecordingFault) -> Self {
        match error {
            RecordingFault::Access(error) => refusal(error, Self::recording_unknown),
            RecordingFault::Unknown => Self::recording_unknown(),
            RecordingFault::NoFile => Self::recording_no_file(),
            RecordingFault::Busy => Self::recording_busy(),
            RecordingFault::Locked => Self::recording_locked(),
            RecordingFault::Store(_) | RecordingFault::Read(_) => internal(&error),
        }
    }
}

impl From<VenueFault> for Refused {
    fn from(error: VenueFault) -> Self {
        match error {
            VenueFault::Access(error) => refusal(error, Self::venue_unknown),
            VenueFault::Unknown => Self::venue_unknown(),
            VenueFault::Taken => Self::venue_taken_id(),
            VenueFault::Id => Self::field_invalid()
                .field("id", format!("代号由 1 至 {ID_CHARS_MAX} 个小写字母、数字、“-”或“_”组成。")),
            VenueFault::Name(fault) => Self::field_invalid().field("name", line_zh("名称", fault)),
            VenueFault::Store(_) => internal(&error),
        }
    }
}

impl From<LegFault> for Refused {
    fn from(error: LegFault) -> Self {
        match error {
            LegFault::Access(error) => error.into(),
            LegFault::Unknown => Self::leg_unknown(),
            LegFault::Fixed => Self::leg_from_settings(),
            LegFault::TooMany => Self::leg_too_many(),
            LegFault::Field(fault) => {
                let (field, sentence) = field_zh(fault);
                Self::field_invalid().field(field, sentence)
            }
            LegFault::NoMeeting => Self::field_invalid().field("meeting", "没有这个会议，请重新选择。"),
            LegFault::Planned(title) => Self::leg_planned()
                .saying(format!("会议“{title}”安排了这条线路，不能删除。请先为那个会议改选线路，或取消那个会议。")),
            LegFault::PortTaken => Self::field_invalid().field("port", "另一条线路已在这个端口监听，请更换端口。"),
            LegFault::SecretNeeded(secret) => {
                Self::field_invalid().field(field_zh(secret).0, "地址或用户名已更改，请重新填写密码或密钥。")
            }
            LegFault::Store(_) => internal(&error),
        }
    }
}

impl From<SignOffFault> for Refused {
    fn from(error: SignOffFault) -> Self {
        match error {
            SignOffFault::Access(error) => error.into(),
            SignOffFault::Unknown => Self::signoff_unknown(),
            SignOffFault::NoRecording => Self::recording_unknown(),
            SignOffFault::StillRecording => Self::recording_goes_on(),
            SignOffFault::AskedAlready => Self::signoff_asked_already(),
            SignOffFault::Request(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = match mistake {
                    sign_off::Mistake::Purpose(fault) => ("purpose", line_zh("用途", *fault)),
                    sign_off::Mistake::Recipient(fault) => ("recipient", line_zh("接收人", *fault)),
                    sign_off::Mistake::Part => {
                        ("part", format!("片段须在录像时长以内，且不短于 {} 秒。", sign_off::PART_MS_MIN / 1000))
                    }
                    sign_off::Mistake::Days => ("days", format!("有效期为 1 至 {} 天。", sign_off::DAYS_MAX)),
                };
                refused.field(field, sentence)
            }),
            SignOffFault::Sign(SignFault::Decided) => Self::signoff_decided(),
            SignOffFault::Sign(SignFault::NotOpen) | SignOffFault::NotOpen => Self::signoff_not_open(),
            SignOffFault::Sign(SignFault::Text(fault)) => Self::field_invalid().field("text", line_zh("理由", fault)),
            SignOffFault::Store(_) => internal(&error),
        }
    }
}

impl From<SecondFactorFault> for Refused {
    fn from(error: SecondFactorFault) -> Self {
        match error {
            SecondFactorFault::Access(error) => error.into(),
            SecondFactorFault::AlreadyOn => Self::second_factor_on(),
            SecondFactorFault::NotBegun => Self::second_factor_not_begun(),
            SecondFactorFault::WrongCode => Self::second_factor_wrong(),
            SecondFactorFault::Locked(lock) => Self::login_locked().retry_after(lock.left.as_secs() + 1),
            SecondFactorFault::Store(_) => internal(&error),
        }
    }
}

impl From<LibraryFault> for Refused {
    fn from(error: LibraryFault) -> Self {
        match error {
            LibraryFault::Recording(error) => error.into(),
            LibraryFault::NoPlay => Self::play_unknown(),
            LibraryFault::Purpose(fault) => Self::field_invalid().field("purpose", line_zh("用途", fault)),
            LibraryFault::Cut(failure) => Self::signoff_cut_failed().detail(failure.detail),
            LibraryFault::SignOff(error) => error.into(),
        }
    }
}

impl From<CatalogueFault> for Refused {
    fn from(error: CatalogueFault) -> Self {
        match error {
            CatalogueFault::Recording(error) => error.into(),
            CatalogueFault::Locked => Self::recording_locked(),
            CatalogueFault::NotLocked => Self::recording_not_locked(),
            CatalogueFault::Text(fault) => Self::field_invalid().field("text", line_zh("内容", fault)),
            CatalogueFault::NoSuchMoment => Self::field_invalid().field("atMs", "这个时刻不在录像之内。"),
            CatalogueFault::TooManyMarks => Self::recording_marks_full(),
            CatalogueFault::NoMark => Self::recording_mark_unknown(),
        }
    }
}

impl From<DelegationFault> for Refused {
    fn from(error: DelegationFault) -> Self {
        match error {
            DelegationFault::SignOff(error) => error.into(),
            DelegationFault::Unknown => Self::delegation_unknown(),
            DelegationFault::Over => Self::delegation_over(),
            DelegationFault::Wish(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = match mistake {
                    pen::Mistake::Deputy => {
                        ("deputy", "受托人须是本单位可以登录的领导账号，且不是审签人或管理员。".to_owned())
                    }
                    pen::Mistake::Ends => ("untilMs", "结束日期须晚于开始日期，且不早于现在。".to_owned()),
                    pen::Mistake::TooLong => ("untilMs", "一次委托最长 92 天。".to_owned()),
                    pen::Mistake::Overlaps => ("fromMs", "这段时间已另有委托。请先终止，或更改日期。".to_owned()),
                    pen::Mistake::Reason(fault) => ("reason", line_zh("事由", *fault)),
                };
                refused.field(field, sentence)
            }),
        }
    }
}

/// What is wrong with a line of text, which is called `what`.
fn line_zh(what: &str, fault: LineFault) -> String {
    match fault {
        LineFault::Empty => format!("请填写{what}。"),
        LineFault::TooLong(chars) => format!("{what}不能超过 {chars} 个字。"),
        LineFault::Control => format!("{what}中有不可见的控制字符，请删除后重新输入。"),
    }
}

impl From<DoorFault> for Refused {
    fn from(error: DoorFault) -> Self {
        internal(&error)
    }
}

impl From<LoginFault> for Refused {
    fn from(error: LoginFault) -> Self {
        match error {
            LoginFault::Wrong { rules, .. } => Self::login_wrong().saying(format!(
                "账号或密码不正确。请核对后重试；{}将锁定 {} 分钟。",
                after(rules),
                minutes(rules)
            )),
            LoginFault::OneTimeOver { .. } => Self::login_one_time_over(),
            LoginFault::CodeNeeded { .. } => Self::login_code_needed(),
            LoginFault::WrongCode { .. } => Self::login_code_wrong(),
            LoginFault::CertificateNeeded { .. } => Self::login_certificate_needed(),
            LoginFault::FactorLost { .. } => Self::login_factor_lost(),
            LoginFault::Certificate { fault, or_code, .. } => {
                let refused = match fault {
                    Fault::Foreign => Self::login_certificate_foreign(),
                    Fault::Unregistered | Fault::OtherUse => Self::login_certificate_unregistered(),
                    Fault::Expired => Self::login_certificate_expired(),
                    Fault::NotYet => Self::login_certificate_not_yet(),
                    Fault::Revoked => Self::login_certificate_revoked(),
                    Fault::Others => Self::login_certificate_others(),
                };
                if or_code { refused.field("code", "也可以改用动态口令登录。") } else { refused }
            }
            LoginFault::Locked { lock, .. } => {
                let left = lock.left.as_secs() / 60 + 1;
                Self::login_locked()
                    .saying(format!("密码连续错误，已暂停登录。请 {left} 分钟后再试，或请安全管理员解除锁定。"))
                    .retry_after(lock.left.as_secs() + 1)
            }
            LoginFault::Busy(_) => Self::login_busy().retry_after(3),
            LoginFault::Store(error) => internal(&error),
        }
    }
}

fn after(rules: LockoutRules) -> String {
    format!("连续 {} 次错误后", rules.failures)
}

fn minutes(rules: LockoutRules) -> u64 {
    rules.locked_for.as_secs() / 60
}

impl From<SeatFault> for Refused {
    fn from(error: SeatFault) -> Self {
        match error {
            SeatFault::Access(error) => error.into(),
            SeatFault::NoMeeting => Self::seat_no_meeting(),
            SeatFault::NoPin => Self::seat_no_pin(),
            SeatFault::WrongPin(rules) => Self::seat_wrong_pin().saying(format!(
                "PIN 码不正确。请重新输入；{}，本座席锁定 {} 分钟。",
                after(rules),
                minutes(rules)
            )),
            SeatFault::Locked(lock) => Self::seat_locked().retry_after(lock.left.as_secs() + 1),
            SeatFault::Busy(_) => Self::login_busy().retry_after(3),
            SeatFault::Store(_) => internal(&error),
        }
    }
}

impl From<UnlockFault> for Refused {
    fn from(error: UnlockFault) -> Self {
        match error {
            UnlockFault::Wrong => Self::console_wrong_key(),
            UnlockFault::NoPin => Self::console_no_pin(),
            UnlockFault::PinOver => Self::console_pin_over(),
            UnlockFault::Locked(lock) => Self::login_locked().retry_after(lock.left.as_secs() + 1),
            UnlockFault::Busy(_) => Self::login_busy().retry_after(3),
            UnlockFault::Store(error) => internal(&error),
        }
    }
}

impl From<PinFault> for Refused {
    fn from(error: PinFault) -> Self {
        match error {
            PinFault::Password(error) => error.into(),
            PinFault::Weak(_) => Self::pin_weak(),
            PinFault::Store(error) => internal(&error),
        }
    }
}

impl From<PasswordFault> for Refused {
    fn from(error: PasswordFault) -> Self {
        match error {
            PasswordFault::Access(error) => error.into(),
            PasswordFault::WrongOld => Self::password_wrong_old(),
            PasswordFault::Locked(lock) => Self::login_locked().retry_after(lock.left.as_secs() + 1),
            PasswordFault::TooWeak(TooWeak(PasswordRules { chars_min, classes_min, .. })) => {
                Self::password_too_weak().saying(format!(
                    "新密码太简单：至少 {chars_min} 个字符，包含大写字母、小写字母、数字、符号中的 {classes_min} 类，且不含账号名。"
                ))
            }
            PasswordFault::Reused => Self::password_reused(),
            PasswordFault::Busy(_) => Self::login_busy().retry_after(3),
            PasswordFault::Store(error) => internal(&error),
        }
    }
}

impl From<AccountFault> for Refused {
    fn from(error: AccountFault) -> Self {
        match error {
            AccountFault::Access(error) => error.into(),
            AccountFault::Unknown => Self::account_unknown(),
            AccountFault::LoginTaken => Self::account_login_taken(),
            AccountFault::Login(_) => Self::account_login_invalid(),
            AccountFault::Name => Self::account_name_invalid(),
            AccountFault::UnitClosed { name } => {
                Self::unit_closed().saying(format!("“{name}”已经关闭，不能新增账号。确需恢复的，请先在“单位”页重新启用。"))
            }
            AccountFault::NoUnit => Self::field_invalid().field("unit", "没有这个单位，请从名单中选择。"),
            AccountFault::ApproverTaken { name } => Self::account_approver_taken().saying(format!(
                "该单位的审签人已是{name}，同时只能有一位（一支笔审签）。请先撤销其审签人角色；临时外出请由审签人在“审签”页委托他人。"
            )),
            AccountFault::Roles(RolesFault::Empty) => Self::account_role_needed(),
            AccountFault::Roles(RolesFault::AuditAdminAlone) => Self::account_auditor_alone(),
            AccountFault::Roles(RolesFault::OfficersTogether) => Self::account_officers_together(),
            AccountFault::Exception(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = match mistake {
                    officer::Mistake::By(fault) => ("decidedBy", line_zh("决定人", *fault)),
                    officer::Mistake::Reason(fault) => ("reason", line_zh("理由", *fault)),
                };
                refused.field(field, sentence)
            }),
            AccountFault::OwnPost => Self::account_own_post(),
            AccountFault::HandOver(hand_over::Mistake::Ended) => Self::account_ended(),
            AccountFault::HandOver(hand_over::Mistake::OfficersTogether) => Self::account_hand_over_apart(),
            AccountFault::Reason(fault) => Self::field_invalid().field("reason", line_zh("交接事由", fault)),
            AccountFault::OwnSecondFactor => Self::second_factor_own(),
            AccountFault::NoCertificate => Self::certificate_unknown(),
            AccountFault::OwnCertificate => Self::certificate_own(),
            AccountFault::NobodyLeft => Self::account_last_security_admin(),
            AccountFault::Busy(_) => Self::login_busy().retry_after(3),
            AccountFault::Store(error) => internal(&error),
        }
    }
}

impl From<UnitFault> for Refused {
    fn from(error: UnitFault) -> Self {
        match error {
            UnitFault::Access(error) => error.into(),
            UnitFault::Unknown => Self::unit_unknown(),
            UnitFault::Unit(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = unit_zh(*mistake);
                refused.field(field, sentence)
            }),
            UnitFault::TooMany => Self::unit_too_many(),
            UnitFault::Close(CloseFault::Own) => Self::unit_own_stays(),
            UnitFault::Close(CloseFault::Waiting) => Self::unit_waiting(),
            UnitFault::InUse(what) => Self::unit_in_use().saying(in_use_zh(&what)),
            UnitFault::TwoApprovers { names: [one, other] } => Self::unit_two_approvers().saying(format!(
                "这样会使{one}和{other}同为本级审签人，同一单位只能有一位（一支笔审签）。请先调整其中一位的角色或单位。"
            )),
            UnitFault::NoRequest => Self::account_request_unknown(),
            UnitFault::Wish(mistakes) => mistakes.iter().fold(Self::field_invalid(), |refused, mistake| {
                let (field, sentence) = wish_zh(*mistake);
                refused.field(field, sentence)
            }),
            UnitFault::LoginTaken => Self::account_login_taken(),
            UnitFault::Waiting => Self::account_request_waiting(),
            UnitFault::Decision(DecisionFault::Decided) => Self::account_request_decided(),
            UnitFault::Decision(DecisionFault::Reason(fault)) => {
                Self::field_invalid().field("text", line_zh("理由", fault))
            }
            UnitFault::Account(error) => error.into(),
            UnitFault::Store(error) => internal(&error),
        }
    }
}

fn unit_zh(mistake: org_unit::Mistake) -> (&'static str, String) {
    match mistake {
        org_unit::Mistake::Name(fault) => ("name", line_zh("单位名称", fault)),
        org_unit::Mistake::NameTaken => ("name", "已有同名的单位。".to_owned()),
        org_unit::Mistake::NoLiaison => {
            ("liaisons", "联络员和副联络员须是可以登录、有联络员角色的账号。请先在“账号”页设置角色。".to_owned())
        }
        org_unit::Mistake::Closed => ("liaisons", "这个单位已经关闭，须先重新启用。".to_owned()),
        org_unit::Mistake::Twice => ("liaisons", "同一个人只能选一次。".to_owned()),
        org_unit::Mistake::TooMany => {
            ("liaisons", format!("一个单位最多 1 名联络员和 {} 名副联络员。", org_unit::LIAISONS_MAX - 1))
        }
    }
}

/// What hangs on a unit that is to be removed.
fn in_use_zh(UnitUse { people, meetings, requests, sign_offs }: &UnitUse) -> String {
    let parts = [(people, "名人员"), (meetings, "个会议"), (requests, "份账号申请"), (sign_offs, "份审签申请")];
    let parts = parts.into_iter().filter(|(count, _)| **count > 0).map(|(count, what)| format!("{count} {what}"));
    format!(
        "这个单位仍有{}，不能删除。人员可以先调整到其他单位；会议和办理记录须长期保存：有记录的单位不能删除，撤并的请关闭。",
        parts.collect::<Vec<_>>().join("、")
    )
}

fn wish_zh(mistake: account_request::Mistake) -> (&'static str, String) {
    match mistake {
        account_request::Mistake::Login => ("login", "账号名须为 2 至 32 个字母、数字或 . - _ 字符。".to_owned()),
        account_request::Mistake::Name(fault) => ("name", line_zh("姓名", fault)),
        account_request::Mistake::Roles => {
            ("roles", "请选择角色；管理员和审签人账号由安全管理员直接设立，不能申请。".to_owned())
        }
        account_request::Mistake::Reason(fault) => ("reason", line_zh("申请理由", fault)),
    }
}

impl From<SelfCheckFault> for Refused {
    fn from(error: SelfCheckFault) -> Self {
        match error {
            SelfCheckFault::Access(error) => error.into(),
            SelfCheckFault::Store(error) => internal(&error),
        }
    }
}

impl From<DeviceFault> for Refused {
    fn from(error: DeviceFault) -> Self {
        match error {
            DeviceFault::Access(error) => error.into(),
            DeviceFault::Unknown => Self::device_unknown(),
            DeviceFault::VenueUnknown => Self::venue_unknown(),
            DeviceFault::Name => Self::field_invalid().detail(error),
            DeviceFault::NoLeader => Self::device_no_leader().field("person", "没有这样的领导账号。"),
            DeviceFault::TooMany => Self::device_too_many(),
            DeviceFault::WrongCode => Self::pair_wrong_code(),
            DeviceFault::Store(error) => internal(&error),
        }
    }
}

impl From<BookFault> for Refused {
    fn from(error: BookFault) -> Self {
        match error {
            BookFault::Access(error) => error.into(),
            BookFault::Store(error) => internal(&error),
        }
    }
}

impl From<Unwritten> for Refused {
    fn from(error: Unwritten) -> Self {
        tracing::error!(error = chain(&error), "a change was refused, since the book can't be written");
        Self::audit_unavailable().retry_after(5)
    }
}

/// Our fault: the whole chain goes to the log, once, and nothing of it to the client.
pub(super) fn internal(error: &dyn std::error::Error) -> Refused {
    tracing::error!(error = chain(error), "a request failed by our own fault");
    Refused::internal()
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain = format!("{chain}: {cause}");
        source = cause.source();
    }
    chain
}
