/**
 * Published answers, from test/test.cpp of BlockchainCommons/bc-ur (commit 603c21c): the reference
 * implementation's tests, which BCR-2020-005 wants passed. Later than October 2020, when the word list
 * was put in order.
 */
import { Xoshiro256 } from '../../src/ur/xoshiro.ts';

export const ascii = (text: string): Uint8Array => Buffer.from(text, 'ascii');

/** The reference's make_message: bytes drawn by the generator that is seeded with "Wolf". */
export function wolfMessage(length: number): Uint8Array {
  const random = new Xoshiro256(ascii('Wolf'));
  return Uint8Array.from({ length }, () => random.nextInt(0, 255));
}

export const CRC32: readonly (readonly [string, number])[] = [
  ['Hello, world!', 0xebe6c6e6],
  ['Wolf', 0x598c84dc],
];

/** Bytes in hexadecimal, and their minimal bytewords. */
export const MINIMAL_BYTEWORDS: readonly (readonly [string, string])[] = [
  ['00010280ff', 'aeadaolazmjendeoti'],
  [
    'f5d714c6f1eb453bd1cda512969e7487e5d4139f1125eff0fd0b6dbf25f22678df299cbdf2fe93cc42a3d8afbf48a936203c90e6d289b8c52171580e9d1fb12e0173cd45e19641eb3a9041f0854571f73f35f2a5a0901a0d4fed85475245fea58a295518',
    'yktsbbswwnwmfefrttsnonbgmtnnjyltvwtybwnebydawswtzcbdjnrsdawzdsksurdtnsrywzzemusffwottppersfdptencxfnmhvatdldroskcljshdbantctpadmadjksnfevymtfpwmftmhfpwtlpfejsylfhecwzonnbmhcybtgwwelpflgmfezeonledtgocsfzhycypf',
  ],
  // BCR-2020-005, "Bytewords Example": the text "Hello, world" in CBOR.
  ['6c48656c6c6f2c20776f726c64', 'jzfdihjzjzjldwcxktjljpjzieatjpgele'],
];

/** next() modulo 100, from the seed "Wolf". */
export const WOLF_NUMBERS: readonly number[] = [
  42, 81, 85, 8, 82, 84, 76, 73, 70, 88, 2, 74, 40, 48, 77, 54, 88, 7, 5, 88, 37, 25, 82, 13, 69,
  59, 30, 39, 11, 82, 19, 99, 45, 87, 30, 15, 32, 22, 89, 44, 92, 77, 29, 78, 4, 92, 44, 68, 92, 69,
  1, 42, 89, 50, 37, 84, 63, 34, 32, 3, 17, 62, 40, 98, 82, 89, 24, 43, 85, 39, 15, 3, 99, 29, 20,
  42, 27, 10, 85, 66, 50, 35, 69, 70, 70, 74, 30, 13, 72, 54, 11, 5, 70, 55, 91, 52, 10, 43, 43, 52,
];

/** The same, seeded with the four bytes of the CRC-32 of "Wolf". */
export const WOLF_CHECKSUM_NUMBERS: readonly number[] = [
  88, 44, 94, 74, 0, 99, 7, 77, 68, 35, 47, 78, 19, 21, 50, 15, 42, 36, 91, 11, 85, 39, 64, 22, 57,
  11, 25, 12, 1, 91, 17, 75, 29, 47, 88, 11, 68, 58, 27, 65, 21, 54, 47, 54, 73, 83, 23, 58, 75, 27,
  26, 15, 60, 36, 30, 21, 55, 57, 77, 76, 75, 47, 53, 76, 9, 91, 14, 69, 3, 95, 11, 73, 20, 99, 68,
  61, 3, 98, 36, 98, 56, 65, 14, 80, 74, 57, 63, 68, 51, 56, 24, 39, 53, 80, 57, 51, 81, 3, 1, 30,
];

/** nextInt(1, 10), from the seed "Wolf". */
export const WOLF_ONE_TO_TEN: readonly number[] = [
  6, 5, 8, 4, 10, 5, 7, 10, 4, 9, 10, 9, 7, 7, 1, 1, 2, 9, 9, 2, 6, 4, 5, 7, 8, 5, 4, 2, 3, 8, 7, 4,
  5, 1, 10, 9, 3, 10, 2, 6, 8, 5, 7, 9, 3, 1, 5, 2, 7, 1, 4, 4, 4, 4, 9, 4, 5, 5, 6, 9, 5, 1, 2, 8,
  3, 3, 2, 8, 4, 3, 2, 1, 10, 8, 9, 3, 10, 8, 5, 5, 6, 7, 10, 5, 8, 9, 4, 6, 4, 2, 10, 2, 1, 7, 9,
  6, 7, 4, 2, 5,
];

/** Fragments of the parts 12 to 30 of the message of 1,024 bytes in 11 fragments. */
export const FRAGMENTS_FROM_12: readonly (readonly number[])[] = [
  [9],
  [2, 5, 6, 8, 9, 10],
  [8],
  [1, 5],
  [1],
  [0, 2, 4, 5, 8, 10],
  [5],
  [2],
  [2],
  [0, 1, 3, 4, 5, 7, 9, 10],
  [0, 1, 2, 3, 5, 6, 8, 9, 10],
  [0, 2, 4, 5, 7, 8, 9, 10],
  [3, 5],
  [4],
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  [0, 1, 3, 4, 5, 6, 7, 9, 10],
  [6],
  [5, 6],
  [7],
];

/** The message of 50 bytes, as a CBOR byte string. */
export const SINGLE_PART =
  'ur:bytes/hdeymejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtgwdpfnsboxgwlbaawzuefywkdplrsrjynbvygabwjldapfcsdwkbrkch';

/** The message of 256 bytes, as a CBOR byte string, in fragments of at most 30 bytes: parts 1 to 20. */
export const PARTS: readonly string[] = [
  'ur:bytes/1-9/lpadascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtdkgslpgh',
  'ur:bytes/2-9/lpaoascfadaxcywenbpljkhdcagwdpfnsboxgwlbaawzuefywkdplrsrjynbvygabwjldapfcsgmghhkhstlrdcxaefz',
  'ur:bytes/3-9/lpaxascfadaxcywenbpljkhdcahelbknlkuejnbadmssfhfrdpsbiegecpasvssovlgeykssjykklronvsjksopdzmol',
  'ur:bytes/4-9/lpaaascfadaxcywenbpljkhdcasotkhemthydawydtaxneurlkosgwcekonertkbrlwmplssjtammdplolsbrdzcrtas',
  'ur:bytes/5-9/lpahascfadaxcywenbpljkhdcatbbdfmssrkzmcwnezelennjpfzbgmuktrhtejscktelgfpdlrkfyfwdajldejokbwf',
  'ur:bytes/6-9/lpamascfadaxcywenbpljkhdcackjlhkhybssklbwefectpfnbbectrljectpavyrolkzczcpkmwidmwoxkilghdsowp',
  'ur:bytes/7-9/lpatascfadaxcywenbpljkhdcavszmwnjkwtclrtvaynhpahrtoxmwvwatmedibkaegdosftvandiodagdhthtrlnnhy',
  'ur:bytes/8-9/lpayascfadaxcywenbpljkhdcadmsponkkbbhgsoltjntegepmttmoonftnbuoiyrehfrtsabzsttorodklubbuyaetk',
  'ur:bytes/9-9/lpasascfadaxcywenbpljkhdcajskecpmdckihdyhphfotjojtfmlnwmadspaxrkytbztpbauotbgtgtaeaevtgavtny',
  'ur:bytes/10-9/lpbkascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtwdkiplzs',
  'ur:bytes/11-9/lpbdascfadaxcywenbpljkhdcahelbknlkuejnbadmssfhfrdpsbiegecpasvssovlgeykssjykklronvsjkvetiiapk',
  'ur:bytes/12-9/lpbnascfadaxcywenbpljkhdcarllaluzmdmgstospeyiefmwejlwtpedamktksrvlcygmzemovovllarodtmtbnptrs',
  'ur:bytes/13-9/lpbtascfadaxcywenbpljkhdcamtkgtpknghchchyketwsvwgwfdhpgmgtylctotzopdrpayoschcmhplffziachrfgd',
  'ur:bytes/14-9/lpbaascfadaxcywenbpljkhdcapazewnvonnvdnsbyleynwtnsjkjndeoldydkbkdslgjkbbkortbelomueekgvstegt',
  'ur:bytes/15-9/lpbsascfadaxcywenbpljkhdcaynmhpddpzmversbdqdfyrehnqzlugmjzmnmtwmrouohtstgsbsahpawkditkckynwt',
  'ur:bytes/16-9/lpbeascfadaxcywenbpljkhdcawygekobamwtlihsnpalnsghenskkiynthdzotsimtojetprsttmukirlrsbtamjtpd',
  'ur:bytes/17-9/lpbyascfadaxcywenbpljkhdcamklgftaxykpewyrtqzhydntpnytyisincxmhtbceaykolduortotiaiaiafhiaoyce',
  'ur:bytes/18-9/lpbgascfadaxcywenbpljkhdcahkadaemejtswhhylkepmykhhtsytsnoyoyaxaedsuttydmmhhpktpmsrjtntwkbkwy',
  'ur:bytes/19-9/lpbwascfadaxcywenbpljkhdcadekicpaajootjzpsdrbalpeywllbdsnbinaerkurspbncxgslgftvtsrjtksplcpeo',
  'ur:bytes/20-9/lpbbascfadaxcywenbpljkhdcayapmrleeleaxpasfrtrdkncffwjyjzgyetdmlewtkpktgllepfrltataztksmhkbot',
];
