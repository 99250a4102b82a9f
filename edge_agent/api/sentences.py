"""What a refusal says to the person at the register, in French and Arabic.

Law: every code that can be answered over HTTP has both; the architecture tests gather the codes.
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
    "no-price-for-label": {
        "fr": "Cet article n'a pas de prix à ce moment : pas d'étiquette.",
        "ar": "لا سعر لهذا المنتج في هذا الوقت: لا توجد بطاقة.",
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
    "malformed-tariff": {
        "fr": "Corrigez le tarif du droit de timbre.",
        "ar": "صحح تعريفة حق الطابع.",
    },
    "no-regime-on-day": {
        "fr": "Aucun régime fiscal n'est enregistré pour ce jour : appelez le bureau.",
        "ar": "لا يوجد نظام جبائي مسجل لهذا اليوم: اتصل بالمكتب.",
    },
    "no-tax-rate-on-day": {
        "fr": "Cette taxe n'a pas de taux pour ce jour : appelez le bureau.",
        "ar": "لا توجد نسبة لهذه الضريبة في هذا اليوم: اتصل بالمكتب.",
    },
    "fact-too-large": {
        "fr": "Ticket trop long : partagez-le.",
        "ar": "التذكرة طويلة جدا: قسمها.",
    },
    "product-withdrawn": {
        "fr": "Article retiré de la vente : ôtez-le du ticket et demandez au responsable.",
        "ar": "منتج مسحوب من البيع: أزله من التذكرة واسأل المسؤول.",
    },
    "no-legal-entity": {
        "fr": "Le bureau n'a pas dit de quelle entreprise est ce magasin : pas de facture.",
        "ar": "لم يحدد المكتب المؤسسة التي يتبعها هذا المتجر: لا توجد فاتورة.",
    },
    "other-legal-entity": {
        "fr": "Ce ticket est celui d'une autre entreprise : le bureau le facture.",
        "ar": "هذه التذكرة تخص مؤسسة أخرى: المكتب هو من يفوترها.",
    },
    "already-invoiced": {
        "fr": "Ce ticket a déjà sa facture : imprimez-la à nouveau.",
        "ar": "لهذه التذكرة فاتورة من قبل: اطبعها من جديد.",
    },
    "invoice-id-reused": {
        "fr": "Cet identifiant est celui d'une autre facture.",
        "ar": "هذا المعرف يخص فاتورة أخرى.",
    },
    "unknown-invoice": {
        "fr": "Ce magasin n'a pas cette facture.",
        "ar": "لا توجد هذه الفاتورة في هذا المتجر.",
    },
    "buyer-missing": {
        "fr": "Indiquez l'acheteur.",
        "ar": "اذكر المشتري.",
    },
    "paper-contested": {
        "fr": "Le même papier s'imprime ailleurs ; réessayez.",
        "ar": "تطبع الورقة نفسها في مكان آخر؛ أعد المحاولة.",
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
    "no-token": {
        "fr": "Identifiez-vous d'abord.",
        "ar": "سجل الدخول أولا.",
    },
    "not-signed-in": {
        "fr": "La session a expiré : saisissez à nouveau votre code PIN.",
        "ar": "انتهت الجلسة: أدخل رمزك السري من جديد.",
    },
    "wrong-pin": {
        "fr": "Personne ici n'a ce code PIN.",
        "ar": "لا أحد هنا لديه هذا الرمز السري.",
    },
    "one-at-a-time": {
        "fr": "Une connexion est déjà en cours sur cette tablette ; patientez un instant.",
        "ar": "هناك تسجيل دخول جار على هذا اللوح؛ انتظر لحظة.",
    },
    "too-many-attempts": {
        "fr": "Trop d'essais erronés : patientez, puis réessayez.",
        "ar": "محاولات خاطئة كثيرة: انتظر ثم أعد المحاولة.",
    },
    "needs-manager": {
        "fr": "Ce prix ou cette remise demande un responsable.",
        "ar": "هذا السعر أو هذا التخفيض يحتاج إلى المسؤول.",
    },
    "role-missing": {
        "fr": "Demandez au responsable de le faire.",
        "ar": "اطلب من المسؤول القيام بذلك.",
    },
    "wrong-pairing-token": {
        "fr": "Ce code d'association n'est pas valable : relisez celui de la caisse.",
        "ar": "رمز الربط هذا غير صالح: أعد قراءة رمز الصندوق.",
    },
    "unknown-tablet": {
        "fr": "Cette tablette n'est plus associée : associez-la à nouveau.",
        "ar": "لم يعد هذا اللوح مربوطا: اربطه من جديد.",
    },
    "too-many-tablets": {
        "fr": "Trop de tablettes sont associées : révoquez celles qui ne servent plus.",
        "ar": "عدد الألواح المربوطة كبير: ألغ ما لم يعد يستعمل.",
    },
    "unknown-register": {
        "fr": "Le bureau a retiré cette caisse ; adressez-vous au responsable.",
        "ar": "أزال المكتب هذا الصندوق؛ اتصل بالمسؤول.",
    },
    "not-provisioned-yet": {
        "fr": "Les réglages du magasin ne sont pas encore arrivés : connectez l'agent à Internet.",
        "ar": "لم تصل إعدادات المتجر بعد: صل الجهاز بالإنترنت.",
    },
    "unknown-ticket": {
        "fr": "Ce magasin n'a pas ce ticket.",
        "ar": "لا توجد هذه التذكرة في هذا المتجر.",
    },
    "malformed-return": {
        "fr": "Vérifiez les lignes reprises ; voir les champs.",
        "ar": "تحقق من الأسطر المرجعة؛ راجع الحقول.",
    },
    "discount-too-large": {
        "fr": "La remise dépasse le montant : réduisez-la.",
        "ar": "التخفيض أكبر من المبلغ: خفضه.",
    },
    "amount-too-large": {
        "fr": "Ce montant est trop grand : vérifiez les prix et les quantités.",
        "ar": "هذا المبلغ كبير جدا: تحقق من الأسعار والكميات.",
    },
    "quantity-not-a-number": {
        "fr": "Écrivez la quantité comme 3 ou 0.250.",
        "ar": "اكتب الكمية مثل 3 أو 0.250.",
    },
    "quantity-too-fine": {
        "fr": "La quantité a trop de décimales pour l'unité de cet article.",
        "ar": "للكمية أرقام عشرية أكثر مما تسمح به وحدة المنتج.",
    },
    "quantity-too-large": {
        "fr": "Cette quantité est trop grande : vérifiez-la.",
        "ar": "هذه الكمية كبيرة جدا: تحقق منها.",
    },
    "wrong-quantity": {
        "fr": "Corrigez les quantités indiquées.",
        "ar": "صحح الكميات المذكورة.",
    },
    "unknown-unit": {
        "fr": "L'unité de cet article est inconnue ici ; adressez-vous au bureau.",
        "ar": "وحدة هذا المنتج غير معروفة هنا؛ اتصل بالمكتب.",
    },
    "unknown-currency": {
        "fr": "La monnaie du magasin n'est pas prise en charge ; adressez-vous au bureau.",
        "ar": "عملة المتجر غير مدعومة؛ اتصل بالمكتب.",
    },
    "unknown-timezone": {
        "fr": "Le fuseau horaire du magasin est inconnu ; adressez-vous au bureau.",
        "ar": "المنطقة الزمنية للمتجر غير معروفة؛ اتصل بالمكتب.",
    },
    "cutoff-outside-day": {
        "fr": "L'heure de fin de journée du magasin est fausse ; adressez-vous au bureau.",
        "ar": "ساعة نهاية اليوم في المتجر خاطئة؛ اتصل بالمكتب.",
    },
    "instant-out-of-range": {
        "fr": "La date n'est pas plausible : vérifiez l'horloge.",
        "ar": "التاريخ غير معقول: تحقق من الساعة.",
    },
    "not-quarantined": {
        "fr": "Rien n'attend de vérification sous cet identifiant.",
        "ar": "لا شيء ينتظر المراجعة بهذا المعرف.",
    },
    "quarantine-full": {
        "fr": "Trop de tickets attendent une vérification : prévenez le responsable.",
        "ar": "تذاكر كثيرة تنتظر المراجعة: أخبر المسؤول.",
    },
    "fact-id-reused": {
        "fr": "Cet identifiant a déjà servi : recommencez avec un nouveau.",
        "ar": "هذا المعرف مستعمل من قبل: أعد المحاولة بمعرف جديد.",
    },
    "shift-id-reused": {
        "fr": "Cet identifiant est celui d'une autre session de caisse.",
        "ar": "هذا المعرف يخص وردية أخرى.",
    },
    "cash-movement-id-reused": {
        "fr": "Cet identifiant est celui d'un autre mouvement d'espèces.",
        "ar": "هذا المعرف يخص حركة نقدية أخرى.",
    },
    "stock-movement-id-reused": {
        "fr": "Cet identifiant est celui d'un autre mouvement de stock.",
        "ar": "هذا المعرف يخص حركة مخزون أخرى.",
    },
    "product-id-reused": {
        "fr": "Cet identifiant est celui d'un autre article.",
        "ar": "هذا المعرف يخص منتجا آخر.",
    },
    "customer-id-reused": {
        "fr": "Cet identifiant est celui d'un autre client.",
        "ar": "هذا المعرف يخص زبونا آخر.",
    },
    "unknown-z-report": {
        "fr": "Cette caisse n'a pas de rapport Z de ce numéro.",
        "ar": "ليس لهذا الصندوق تقرير Z بهذا الرقم.",
    },
    "storage-failed": {
        "fr": "Le disque est en panne : prévenez le responsable.",
        "ar": "القرص معطل: أخبر المسؤول.",
    },
    "undone": {
        "fr": "La demande n'a pas été enregistrée ; renvoyez-la.",
        "ar": "لم يسجل الطلب؛ أعد إرساله.",
    },
    "too-many-listeners": {
        "fr": "Trop d'écrans sont connectés ; réessayez plus tard.",
        "ar": "شاشات كثيرة متصلة؛ حاول لاحقا.",
    },
    "malformed-json": {
        "fr": "La demande est illisible : ce n'est pas du JSON.",
        "ar": "الطلب غير مقروء: ليس بصيغة JSON.",
    },
    "bad-request": {
        "fr": "La demande est illisible.",
        "ar": "الطلب غير مقروء.",
    },
    "undecodable": {
        "fr": "Un texte de la demande contient un caractère incomplet.",
        "ar": "في نص الطلب حرف غير مكتمل.",
    },
    "unknown-query-parameter": {
        "fr": "L'adresse contient des paramètres inconnus ; voir les champs.",
        "ar": "في العنوان معاملات غير معروفة؛ راجع الحقول.",
    },
    "not-found": {
        "en": "There is nothing at this address.",
        "fr": "Il n'y a rien à cette adresse.",
        "ar": "لا يوجد شيء في هذا العنوان.",
    },
    "method-not-allowed": {
        "en": "This address does not answer to this method.",
        "fr": "Cette adresse n'accepte pas cette action.",
        "ar": "هذا العنوان لا يقبل هذا الإجراء.",
    },
    "request-entity-too-large": {
        "fr": "La demande est trop volumineuse : envoyez-la en plusieurs fois.",
        "ar": "الطلب كبير جدا: أرسله على دفعات.",
    },
    "internal-error": {
        "fr": "Une panne est survenue ici. Donnez le numéro de suivi à l'assistance.",
        "ar": "حدث عطل هنا. أعط رقم التتبع لخدمة الدعم.",
    },
}
