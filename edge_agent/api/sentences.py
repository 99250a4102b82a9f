"""What a refusal says to the person at the register, in French and Arabic.

A code that is not here keeps the English sentence of its error.
"""

from edge_agent.kit.problems import Sentences

SENTENCES: Sentences = {
    "wrong-totals": {
        "fr": "Les montants ne concordent pas ; voir les champs.",
        "ar": "المبالغ غير متطابقة؛ راجع الحقول.",
    },
    "short-tender": {
        "fr": "Le montant reçu ne suffit pas ; demandez le reste.",
        "ar": "المبلغ المدفوع غير كاف؛ اطلب الباقي.",
    },
    "overpaid": {
        "fr": "Seules les espèces rendent la monnaie ; réduisez les autres paiements.",
        "ar": "الباقي يعاد نقدا فقط؛ خفض وسائل الدفع الأخرى.",
    },
    "unknown-product": {
        "fr": "Article inconnu ici : proposez-le d'abord.",
        "ar": "منتج غير معروف هنا: اقترحه أولا.",
    },
    "unknown-code": {
        "fr": "Aucun article ne porte ce code : vérifiez-le ou proposez l'article.",
        "ar": "لا يوجد منتج بهذا الرمز: تحقق منه أو اقترح المنتج.",
    },
    "unknown-tax": {
        "fr": "La taxe d'une ligne n'est pas celle du magasin.",
        "ar": "ضريبة أحد الأسطر ليست ضريبة المتجر.",
    },
    "price-differs": {
        "fr": "Donnez un motif pour un prix autre que celui du tarif.",
        "ar": "اذكر سببا لسعر يختلف عن سعر القائمة.",
    },
    "wrong-currency": {
        "fr": "Ce magasin vend dans une autre monnaie.",
        "ar": "هذا المتجر يبيع بعملة أخرى.",
    },
    "malformed-basket": {
        "fr": "Corrigez les champs indiqués.",
        "ar": "صحح الحقول المذكورة.",
    },
    "fact-too-large": {
        "fr": "Ticket trop long : partagez-le.",
        "ar": "التذكرة طويلة جدا: قسمها.",
    },
    "product-withdrawn": {
        "fr": "Article retiré de la vente : ôtez-le du ticket et demandez au responsable.",
        "ar": "منتج مسحوب من البيع: أزله من التذكرة واسأل المسؤول.",
    },
    "sale-id-reused": {
        "fr": "Cet identifiant est celui d'un autre ticket.",
        "ar": "هذا المعرف يخص تذكرة أخرى.",
    },
    "unknown-sale": {
        "fr": "Ce magasin ne connaît pas cette vente ; reprenez l'article sans ticket.",
        "ar": "هذا المتجر لا يعرف هذا البيع؛ أرجع السلعة بدون تذكرة.",
    },
    "already-returned": {
        "fr": "Plus que ce qui a été vendu : déjà repris en partie ou en totalité.",
        "ar": "أكثر مما بيع: أعيد كله أو بعضه من قبل.",
    },
    "shift-open": {
        "fr": "Fermez d'abord la session ouverte de cette caisse.",
        "ar": "أغلق أولا الوردية المفتوحة لهذا الصندوق.",
    },
    "shift-closed": {
        "fr": "Cette session de caisse est fermée ; ouvrez-en une autre.",
        "ar": "هذه الوردية مغلقة؛ افتح وردية جديدة.",
    },
    "unknown-shift": {
        "fr": "Cette caisse n'a pas cette session.",
        "ar": "ليس لهذا الصندوق هذه الوردية.",
    },
    "no-open-shift": {
        "fr": "Ouvrez d'abord une session sur cette caisse.",
        "ar": "افتح أولا وردية على هذا الصندوق.",
    },
    "malformed": {
        "fr": "Des champs de la requête sont incorrects ; voir les champs.",
        "ar": "بعض حقول الطلب غير صحيحة؛ راجع الحقول.",
    },
    "busy": {
        "fr": "Trop de demandes en attente ; réessayez.",
        "ar": "طلبات كثيرة في الانتظار؛ حاول مجددا.",
    },
    "disk-full": {
        "fr": "Le disque est plein : rien n'a été écrit.",
        "ar": "القرص ممتلئ: لم يكتب شيء.",
    },
    "disk-low": {
        "fr": "Le disque est presque plein et réservé aux ventes : libérez de la place.",
        "ar": "القرص شبه ممتلئ ومخصص للبيع: أفرغ بعض المساحة.",
    },
    "storage-slow": {
        "fr": "Le disque ne répond pas ; renvoyez la même demande.",
        "ar": "القرص لا يستجيب؛ أعد إرسال الطلب نفسه.",
    },
}
