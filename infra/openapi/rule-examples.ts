// The examples of rules: Ada, who administers rules by a role, creates a rule and works on it.
import type { ruleOperations } from '../../shared/routes/rules.ts';
import type { AnswerOf } from '../../shared/routes/types.ts';
import { type Example, noon } from './example.ts';

const ruleId = 'lgnatrs7k2m5x';
const newsletters = 'cnews7k2m5x9q';
const disclaimer = 'ad1sc7k2m5x9q';
const banner = 'abnnr7k2m5x9q';

const internal = { sender: 'internal' };
const toPartners = { recipients: ['partners@lighthouse.example'] };
const legal = { id: disclaimer, type: 'insertDisclaimer', properties: { template: 'legal' } };
const spring = { id: banner, type: 'insertBanner', properties: { campaign: 'spring' } };
const summer = { ...spring, properties: { campaign: 'summer' } };

/** @param administrators the role by which Ada creates rules @param editors the role that owns the rule in the end */
export const ruleExamplesOf = (
  administrators: string,
  editors: string,
): { readonly [Id in keyof typeof ruleOperations]: Example<Id> } => {
  const summary: AnswerOf<'listRules'>['items'][number] = {
    id: ruleId,
    type: 'signatureRule',
    name: 'Company disclaimer',
    description: '',
    enabled: true,
    categories: [newsletters],
    owner: administrators,
    createdAt: noon,
    rights: { view: true, edit: true, delete: true },
  };
  const ruleOf = (more: Partial<AnswerOf<'getRule'>>): AnswerOf<'getRule'> => ({
    ...summary,
    conditions: [internal],
    exceptions: [],
    actions: [legal],
    options: {},
    ...more,
  });
  const refined = { exceptions: [toPartners], options: { stopProcessing: true } };
  const params = { ruleId };
  const categories = [{ id: newsletters, name: 'Newsletters' }];
  const line = { rule: ruleId, name: 'Company disclaimer', type: 'signatureRule', position: 1, owned: true };
  return {
    getCategories: { as: 'ada', answer: { categories: [] } },
    putCategories: { as: 'ada', body: { categories: [{ name: 'Newsletters' }] }, answer: { categories } },
    createRule: {
      as: 'ada',
      body: {
        type: 'signatureRule',
        name: 'Company disclaimer',
        categories: [newsletters],
        conditions: [internal],
        actions: [{ type: legal.type, properties: legal.properties }],
      },
      answer: ruleOf({}),
    },
    listRules: { as: 'ada', query: { category: newsletters, limit: 20 }, answer: { items: [summary], total: 1 } },
    getRule: { as: 'ada', params, answer: ruleOf({}) },
    updateRule: { as: 'ada', params, body: refined, answer: ruleOf(refined) },
    addAction: {
      as: 'ada',
      params,
      body: { type: spring.type, properties: spring.properties },
      answer: ruleOf({ ...refined, actions: [legal, spring] }),
    },
    updateAction: {
      as: 'ada',
      params: { ruleId, actionId: banner },
      body: { properties: summer.properties },
      answer: ruleOf({ ...refined, actions: [legal, summer] }),
    },
    moveAction: {
      as: 'ada',
      params: { ruleId, actionId: banner },
      body: { to: 'first' },
      answer: ruleOf({ ...refined, actions: [summer, legal] }),
    },
    deleteAction: {
      as: 'ada',
      params: { ruleId, actionId: disclaimer },
      answer: ruleOf({ ...refined, actions: [summer] }),
    },
    moveRule: { as: 'ada', params, body: { to: 'first' }, answer: ruleOf({ ...refined, actions: [summer] }) },
    getRuleOwner: {
      as: 'ada',
      params,
      answer: { id: ruleId, name: 'Company disclaimer', owner: administrators },
    },
    putRuleOwner: {
      as: 'ada',
      params,
      body: { owner: editors },
      answer: { id: ruleId, name: 'Company disclaimer', owner: editors },
    },
    getRuleRights: {
      as: 'ada',
      params: { roleId: editors },
      query: { limit: 20 },
      answer: {
        newRules: { view: true, edit: true, delete: false },
        items: [{ ...line, view: true, edit: true, delete: true }],
      },
    },
    putRuleRights: {
      as: 'ada',
      params: { roleId: editors },
      body: { newRules: { edit: false }, rules: [{ rule: ruleId, delete: false }] },
      answer: { newRules: { view: true, edit: false, delete: false } },
    },
    deleteRule: { as: 'ada', params },
  };
};
