//! Names of several cultures, with accents, apostrophes, hyphens and blanks.

/// Given and family names that go together.
pub(crate) struct Culture {
    pub(crate) given: &'static [&'static str],
    pub(crate) family: &'static [&'static str],
}

/// The cultures; a person is of each with the same chance.
pub(crate) const CULTURES: [Culture; 12] = [
    Culture {
        given: &[
            "Emma",
            "Noah",
            "Harper",
            "Mason",
            "Abigail",
            "Logan",
            "Charlotte",
            "Wyatt",
            "Grace",
            "Caleb",
            "Hannah",
            "Owen",
            "Mary Ann",
            "Jackson",
            "Lily",
            "Levi",
        ],
        family: &[
            "Walker", "Bennett", "Carter", "Hughes", "Foster", "Price", "Barnes", "Coleman",
            "Reed", "Sullivan", "Parker", "Hayes", "Brooks", "Russell", "Griffin", "Stone",
        ],
    },
    Culture {
        given: &[
            "José", "María", "Ángel", "Lucía", "Andrés", "Sofía", "Joaquín", "Inés", "Raúl",
            "Ximena", "Tomás", "Belén", "Íker", "Noemí", "Germán", "Rocío",
        ],
        family: &[
            "García",
            "Hernández",
            "Muñoz",
            "Peña",
            "Ibáñez",
            "Núñez",
            "López",
            "Gutiérrez",
            "de la Cruz",
            "Ramírez",
            "Castañeda",
            "Vázquez",
            "Ordóñez",
            "Ríos",
            "Garza Treviño",
            "Zúñiga",
        ],
    },
    Culture {
        given: &[
            "Siobhán", "Liam", "Niamh", "Cillian", "Róisín", "Pádraig", "Aoife", "Fionn",
            "Caoimhe", "Eoin", "Gráinne", "Declan", "Órla", "Ruairí", "Maeve", "Conor",
        ],
        family: &[
            "O'Brien",
            "O'Neill",
            "McCarthy",
            "O'Sullivan",
            "Murphy",
            "D'Arcy",
            "Kavanagh",
            "O'Connor",
            "Byrne",
            "McGrath",
            "O'Dwyer",
            "Doyle",
            "Quinn",
            "O'Shea",
            "Fitzgerald",
            "Ó Dónaill",
        ],
    },
    Culture {
        given: &[
            "Chloé",
            "Théo",
            "Zoë",
            "François",
            "Hélène",
            "Rémi",
            "Anaïs",
            "Loïc",
            "Maëlle",
            "Gaël",
            "Jean-Luc",
            "Agnès",
            "Benoît",
            "Cécile",
            "Noël",
            "Marie-Ève",
        ],
        family: &[
            "Lefèvre",
            "Dubois",
            "Château",
            "Côté",
            "Bélanger",
            "Garçon",
            "L'Écuyer",
            "Moreau",
            "Lévesque",
            "Saint-Pierre",
            "Gagné",
            "Hébert",
            "d'Aubigné",
            "Rousseau",
            "Thériault",
            "Ouellette",
        ],
    },
    Culture {
        given: &[
            "Jürgen",
            "Anneliese",
            "Björn",
            "Käthe",
            "Matthäus",
            "Liesl",
            "Günther",
            "Ute",
            "Sören",
            "Åsa",
            "Øyvind",
            "Solveig",
            "Lærke",
            "Håkon",
            "Freja",
            "Nils",
        ],
        family: &[
            "Müller",
            "Schröder",
            "Weiß",
            "Größmann",
            "Jäger",
            "von Braun",
            "Sørensen",
            "Ångström",
            "Lindström",
            "Bjørnsen",
            "Køhler",
            "Strauß",
            "Östergård",
            "Hansen",
            "Nygård",
            "Vogel",
        ],
    },
    Culture {
        given: &[
            "Łukasz",
            "Zofia",
            "Jiří",
            "Kateřina",
            "Wojciech",
            "Małgorzata",
            "Ondřej",
            "Žofie",
            "Dávid",
            "Eszter",
            "Mihály",
            "Tünde",
            "Ștefan",
            "Ioana",
            "Bogdan",
            "Čestmír",
        ],
        family: &[
            "Kowalczyk",
            "Wiśniewski",
            "Dvořák",
            "Šimek",
            "Żuraw",
            "Nagy",
            "Kovács",
            "Szabó",
            "Popescu",
            "Mureșan",
            "Łapiński",
            "Hájek",
            "Nowak",
            "Růžička",
            "Őze",
            "Petrović",
        ],
    },
    Culture {
        given: &[
            "Nguyệt", "Minh", "Thảo", "Đức", "Hương", "Quân", "Linh", "Tuấn", "Ngọc", "Phúc",
            "Lan", "Khánh", "Trang", "Dũng", "Yến", "Sơn",
        ],
        family: &[
            "Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Võ",
            "Huỳnh", "Phan", "Vũ", "Đinh",
        ],
    },
    Culture {
        given: &[
            "Wei", "Xiu Ying", "Jian", "Mei-Ling", "Haruto", "Yui", "Sota", "Aoi", "Ji-woo",
            "Min-jun", "Seo-yeon", "Hyun", "Li", "Chen", "Sakura", "Ren",
        ],
        family: &[
            "Wang", "Li", "Zhang", "Liu", "Satō", "Suzuki", "Itō", "Watanabe", "Kim", "Park",
            "Choi", "Jung", "Chan", "Wong", "Ōtsuka", "Lim",
        ],
    },
    Culture {
        given: &[
            "Aarav", "Diya", "Rohan", "Ananya", "Vikram", "Priya", "Arjun", "Kavya", "Imran",
            "Zara", "Harpreet", "Simran", "Sanjay", "Lakshmi", "Nikhil", "Meera",
        ],
        family: &[
            "Patel",
            "Sharma",
            "Singh",
            "Kaur",
            "Reddy",
            "Iyer",
            "Khan",
            "Chowdhury",
            "Nair",
            "Gupta",
            "Banerjee",
            "Desai",
            "Ahmed",
            "Subramaniam",
            "Das",
            "Joshi",
        ],
    },
    Culture {
        given: &[
            "Omar",
            "Layla",
            "Youssef",
            "Noor",
            "Karim",
            "Yasmin",
            "Abd al-Rahman",
            "Salma",
            "Hamza",
            "Rania",
            "Tariq",
            "Amira",
            "Leyla",
            "Emre",
            "Çağla",
            "İpek",
        ],
        family: &[
            "al-Masri", "Haddad", "El-Sayed", "Nasser", "Abu Bakr", "Mansour", "Saleh", "Khoury",
            "Yılmaz", "Şahin", "Öztürk", "Çelik", "Ben Amor", "Farouk", "Aziz", "Rahimi",
        ],
    },
    Culture {
        given: &[
            "Kwame",
            "Amara",
            "Chidi",
            "Ngozi",
            "Thabo",
            "Zanele",
            "Oluwaseun",
            "Adaeze",
            "Tendai",
            "Nia",
            "Kofi",
            "Abena",
            "Sekou",
            "Fatoumata",
            "Jelani",
            "Imani",
        ],
        family: &[
            "Okafor", "Mensah", "Diallo", "N'Diaye", "Adeyemi", "Dlamini", "Mwangi", "Traoré",
            "Koné", "Owusu", "Eze", "Ndlovu", "M'Baye", "Abebe", "Kamara", "Otieno",
        ],
    },
    Culture {
        given: &[
            "Kaʻiulani",
            "Keanu",
            "Leilani",
            "Kekoa",
            "Mana",
            "Aroha",
            "Tāne",
            "Hinemoa",
            "Rangi",
            "Sione",
            "Mele",
            "Tevita",
            "Moana",
            "Kalani",
            "Noelani",
            "Wiremu",
        ],
        family: &[
            "Kamehameha",
            "Kealoha",
            "Nākoa",
            "Tuʻipulotu",
            "Tāwhiri",
            "Ngata",
            "Faʻasavalu",
            "Māhoe",
            "Kahananui",
            "Pōtae",
            "Leʻavasa",
            "Taufa",
            "Parata",
            "Kalākaua",
            "Vaʻai",
            "Henare",
        ],
    },
];

/// Names of schools, without "Elementary School" and the like.
pub(crate) const SCHOOLS: [&str; 32] = [
    "Maple Grove",
    "Riverside",
    "Lincoln",
    "Cesar Chavez",
    "Oak Hill",
    "Lakeview",
    "Jefferson",
    "St. Mary's",
    "Prairie View",
    "Washington",
    "Harriet Tubman",
    "Cedar Creek",
    "Roosevelt",
    "Mount Pleasant",
    "Sunnyside",
    "Frederick Douglass",
    "Willow Bend",
    "Eastgate",
    "Franklin",
    "Piñon Mesa",
    "Northfield",
    "Sally Ride",
    "Stone Bridge",
    "Garfield",
    "Blue Ridge",
    "Rosa Parks",
    "Meadowbrook",
    "Hawthorne",
    "Clearwater",
    "Fairmont",
    "Granite Falls",
    "O'Keeffe",
];

/// The letters and digits of a name in lower-case ASCII, for addresses:
/// "Ó Dónaill" gives "odonaill".
pub(crate) fn folded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            other => {
                if let Some(plain) = plain_letter(other) {
                    out.push(plain);
                }
            }
        }
    }
    out
}

fn plain_letter(letter: char) -> Option<char> {
    const PLAIN: [(&str, char); 17] = [
        ("áàâäãåāạảấầậẩẫắăąằặẳẵ", 'a'),
        ("çčć", 'c'),
        ("ďđð", 'd'),
        ("éèêëēěęếềệểễẽ", 'e'),
        ("ğ", 'g'),
        ("íìîïīịỉĩı", 'i'),
        ("ł", 'l'),
        ("ñńňņ", 'n'),
        ("óòôöõøōőọỏốồộổỗơớờợ", 'o'),
        ("ř", 'r'),
        ("šśșş", 's'),
        ("ťțţ", 't'),
        ("úùûüūůűụủũưứừựử", 'u'),
        ("ýỳỹỵÿ", 'y'),
        ("žźż", 'z'),
        ("ħ", 'h'),
        ("ķ", 'k'),
    ];
    PLAIN
        .iter()
        .find(|(letters, _)| letters.contains(letter))
        .map(|&(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_folds_to_ascii_letters() {
        for culture in &CULTURES {
            assert_eq!(culture.given.len(), 16);
            assert_eq!(culture.family.len(), 16);
            for name in culture.given.iter().chain(culture.family) {
                let letters = name.chars().filter(|c| c.is_alphabetic() && *c != 'ʻ');
                let plain = folded(name);
                assert!(plain.len() >= letters.count(), "{name} became {plain}");
                assert!(plain.bytes().all(|b| b.is_ascii_lowercase()), "{plain}");
            }
        }
    }

    #[test]
    fn names_hold_what_trips_programs() {
        let all: Vec<&str> = CULTURES.iter().flat_map(|c| c.family).copied().collect();
        assert!(all.contains(&"O'Brien"));
        assert!(all.iter().any(|name| name.contains(' ')));
        assert!(all.iter().any(|name| name.contains('-')));
        assert!(all.iter().any(|name| !name.is_ascii()));
    }
}
