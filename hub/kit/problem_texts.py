"""Titles and sentences of problems in English, French and Arabic."""

from collections.abc import Mapping
from http import HTTPStatus

# Status → language → (title, sentence when the code has none of its own).
CLASS_TEXTS: Mapping[HTTPStatus, Mapping[str, tuple[str, str]]] = {
    HTTPStatus.BAD_REQUEST: {
        "en": ("Bad request", "The request cannot be read; correct it."),
        "fr": ("Requête incorrecte", "La requête est illisible ; corrigez-la."),
        "ar": ("طلب غير صحيح", "تعذّرت قراءة الطلب؛ يرجى تصحيحه."),
    },
    HTTPStatus.UNAUTHORIZED: {
        "en": ("Not signed in", "Sign in and try again."),
        "fr": ("Non connecté", "Connectez-vous puis réessayez."),
        "ar": ("لم يتم تسجيل الدخول", "سجّل الدخول ثم أعد المحاولة."),
    },
    HTTPStatus.FORBIDDEN: {
        "en": ("Not allowed", "You lack the permission for this; ask the owner."),
        "fr": ("Interdit", "Vous n'avez pas ce droit ; demandez au propriétaire."),
        "ar": ("غير مسموح", "ليست لديك صلاحية لهذا؛ اطلبها من المالك."),
    },
    HTTPStatus.NOT_FOUND: {
        "en": ("Not found", "There is no such thing here."),
        "fr": ("Introuvable", "Cet élément n'existe pas ici."),
        "ar": ("غير موجود", "هذا العنصر غير موجود هنا."),
    },
    HTTPStatus.CONFLICT: {
        "en": ("Refused", "This is not possible as things stand."),
        "fr": ("Refusé", "Ce n'est pas possible en l'état."),
        "ar": ("مرفوض", "هذا غير ممكن في الوضع الحالي."),
    },
    HTTPStatus.UNPROCESSABLE_ENTITY: {
        "en": ("Malformed", "Some values are wrong; correct the fields named."),
        "fr": (
            "Valeurs incorrectes",
            "Certaines valeurs sont fausses ; corrigez les champs cités.",
        ),
        "ar": ("قيم غير صحيحة", "بعض القيم خاطئة؛ صحّح الحقول المذكورة."),
    },
    HTTPStatus.TOO_MANY_REQUESTS: {
        "en": ("Too many attempts", "Wait a little and try again."),
        "fr": ("Trop de tentatives", "Patientez un peu puis réessayez."),
        "ar": ("محاولات كثيرة", "انتظر قليلا ثم أعد المحاولة."),
    },
    HTTPStatus.SERVICE_UNAVAILABLE: {
        "en": ("Not available now", "Something is not reachable just now; try again soon."),
        "fr": ("Indisponible", "Un service est injoignable ; réessayez bientôt."),
        "ar": ("غير متاح حاليا", "إحدى الخدمات غير متاحة؛ أعد المحاولة قريبا."),
    },
    HTTPStatus.INTERNAL_SERVER_ERROR: {
        "en": ("Our failure", "Something failed on our side; it is logged under the trace id."),
        "fr": ("Erreur interne", "Une erreur est survenue chez nous ; elle est journalisée."),
        "ar": ("خطأ داخلي", "حدث خطأ من جهتنا وقد تم تسجيله."),
    },
}

CODE_TEXTS: Mapping[str, Mapping[str, str]] = {
    "wrong-credentials": {
        "fr": "L'e-mail ou le mot de passe est faux.",
        "ar": "البريد الإلكتروني أو كلمة المرور غير صحيحة.",
    },
    "session-ended": {
        "fr": "La session a expiré ; reconnectez-vous.",
        "ar": "انتهت الجلسة؛ سجّل الدخول من جديد.",
    },
    "sku-taken": {
        "fr": "Un autre produit porte déjà cette référence (SKU).",
        "ar": "هذا المرجع (SKU) مستعمل لمنتج آخر.",
    },
    "code-taken": {
        "fr": "Un autre produit porte déjà ce code.",
        "ar": "هذا الرمز مستعمل لمنتج آخر.",
    },
    "unknown-tax": {
        "fr": "Ce taux de taxe n'existe pas.",
        "ar": "نسبة الضريبة هذه غير موجودة.",
    },
    "unknown-claim": {
        "fr": "Ce code ne vaut pas ou plus ; demandez-en un nouveau au bureau.",
        "ar": "هذا الرمز غير صالح؛ اطلب رمزا جديدا من المكتب.",
    },
    "claim-used": {
        "fr": "Ce code a déjà servi ; demandez-en un nouveau au bureau.",
        "ar": "هذا الرمز مستعمل؛ اطلب رمزا جديدا من المكتب.",
    },
    "too-many-claims": {
        "fr": "Trop de codes en attente ; retirez ceux dont personne n'a besoin.",
        "ar": "رموز كثيرة في الانتظار؛ اسحب ما لا يحتاجه أحد.",
    },
    "device-revoked": {
        "fr": "Cet appareil a été révoqué ; adressez-vous au bureau.",
        "ar": "أُلغي هذا الجهاز؛ اتصل بالمكتب.",
    },
    "certificate-too-old": {
        "fr": "Le certificat a expiré depuis plus d'un an ; installez l'appareil de nouveau.",
        "ar": "انتهت الشهادة منذ أكثر من سنة؛ أعد تنصيب الجهاز.",
    },
    "claiming-not-set-up": {
        "fr": "Ce serveur n'a pas encore d'autorité pour les appareils.",
        "ar": "ليس لهذا الخادم سلطة للأجهزة بعد.",
    },
}
