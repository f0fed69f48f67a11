/** The rules that only Tender has, for `.oxlintrc.json`, which says where each of them holds. */

/** A rule that forbids everything one of the selectors finds, which are those of ESLint. */
const forbid = (selectors, message) => ({
  create: (context) =>
    Object.fromEntries(
      selectors.map((selector) => [selector, (node) => context.report({ node, message })]),
    ),
});

export default {
  meta: { name: 'tender' },
  rules: {
    // What a gateway is called is nobody's business but its adapter's, its sandbox's and the settings'.
    'no-gateway-names': forbid(
      [
        'Literal[value=/stripe|square|paypal/i]',
        'TemplateElement[value.raw=/stripe|square|paypal/i]',
        'Identifier[name=/stripe|square|paypal/i]',
      ],
      'Do not name a gateway here: ask the port.',
    ),
    // Amounts are whole numbers of minor units all the way: nothing that makes or rounds a fraction.
    'no-fractions': forbid(
      [
        'CallExpression[callee.name=/^(parseFloat|parseInt)$/]',
        'MemberExpression[property.name=/^(parseFloat|toFixed|toPrecision)$/]',
        'MemberExpression[object.name="Math"][property.name=/^(round|floor|ceil|trunc)$/]',
        'Literal[raw=/^[0-9]*[.][0-9]+$/]',
      ],
      'Amounts are never floats: calculate with bigint.',
    ),
  },
};
