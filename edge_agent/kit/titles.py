"""A problem's title: what its HTTP status means to a person, in the three languages."""

from collections.abc import Mapping

from edge_agent.kit.languages import Language

TITLES: Mapping[int, Mapping[Language, str]] = {
    400: {
        "en": "The request cannot be understood",
        "fr": "La requête est incompréhensible",
        "ar": "الطلب غير مفهوم",
    },
    401: {
        "en": "Please sign in",
        "fr": "Veuillez vous identifier",
        "ar": "يرجى تسجيل الدخول",
    },
    403: {
        "en": "You may not do this",
        "fr": "Vous n'avez pas ce droit",
        "ar": "ليس لديك صلاحية لهذا",
    },
    404: {
        "en": "Not found",
        "fr": "Introuvable",
        "ar": "غير موجود",
    },
    405: {
        "en": "This method is not available here",
        "fr": "Cette méthode n'est pas disponible ici",
        "ar": "هذه الطريقة غير متاحة هنا",
    },
    409: {
        "en": "Refused as things stand",
        "fr": "Refusé dans l'état actuel",
        "ar": "مرفوض في الوضع الحالي",
    },
    413: {
        "en": "Too large",
        "fr": "Trop volumineux",
        "ar": "الحجم كبير جدا",
    },
    415: {
        "en": "This kind of content is not accepted",
        "fr": "Ce type de contenu n'est pas accepté",
        "ar": "نوع المحتوى غير مقبول",
    },
    422: {
        "en": "Something in the request is wrong",
        "fr": "La requête contient une erreur",
        "ar": "يوجد خطأ في الطلب",
    },
    429: {
        "en": "Too many attempts, please wait",
        "fr": "Trop de tentatives, veuillez patienter",
        "ar": "محاولات كثيرة، يرجى الانتظار",
    },
    500: {
        "en": "Something broke",
        "fr": "Une erreur interne est survenue",
        "ar": "حدث خطأ داخلي",
    },
    503: {
        "en": "Not available right now",
        "fr": "Indisponible pour le moment",
        "ar": "غير متاح حاليا",
    },
}
