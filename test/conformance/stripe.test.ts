import { stripe } from './stripe-subject.ts';
import { conforms } from './suite.ts';

conforms(stripe);
